// What Remit calls of libcrypto, under its own names. Used by digest, signature and base64.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/library.h"

namespace remit {

struct Crypto {
    Library library{"libcrypto.so.3"};

    decltype(::BIO_ctrl)* BIO_ctrl = library.find("BIO_ctrl");
    decltype(::BIO_free)* BIO_free = library.find("BIO_free");
    decltype(::BIO_new)* BIO_new = library.find("BIO_new");
    decltype(::BIO_new_mem_buf)* BIO_new_mem_buf = library.find("BIO_new_mem_buf");
    decltype(::BIO_s_mem)* BIO_s_mem = library.find("BIO_s_mem");
    decltype(::EVP_DecodeBlock)* EVP_DecodeBlock = library.find("EVP_DecodeBlock");
    decltype(::EVP_DigestFinal_ex)* EVP_DigestFinal_ex = library.find("EVP_DigestFinal_ex");
    decltype(::EVP_DigestInit_ex2)* EVP_DigestInit_ex2 = library.find("EVP_DigestInit_ex2");
    decltype(::EVP_DigestSign)* EVP_DigestSign = library.find("EVP_DigestSign");
    decltype(::EVP_DigestSignInit)* EVP_DigestSignInit = library.find("EVP_DigestSignInit");
    decltype(::EVP_DigestUpdate)* EVP_DigestUpdate = library.find("EVP_DigestUpdate");
    decltype(::EVP_DigestVerify)* EVP_DigestVerify = library.find("EVP_DigestVerify");
    decltype(::EVP_DigestVerifyInit)* EVP_DigestVerifyInit = library.find("EVP_DigestVerifyInit");
    decltype(::EVP_EncodeBlock)* EVP_EncodeBlock = library.find("EVP_EncodeBlock");
    decltype(::EVP_MD_CTX_free)* EVP_MD_CTX_free = library.find("EVP_MD_CTX_free");
    decltype(::EVP_MD_CTX_new)* EVP_MD_CTX_new = library.find("EVP_MD_CTX_new");
    decltype(::EVP_MD_fetch)* EVP_MD_fetch = library.find("EVP_MD_fetch");
    decltype(::EVP_PKEY_Q_keygen)* EVP_PKEY_Q_keygen = library.find("EVP_PKEY_Q_keygen");
    decltype(::EVP_PKEY_free)* EVP_PKEY_free = library.find("EVP_PKEY_free");
    decltype(::EVP_PKEY_get_base_id)* EVP_PKEY_get_base_id = library.find("EVP_PKEY_get_base_id");
    decltype(::EVP_PKEY_get_raw_public_key)* EVP_PKEY_get_raw_public_key = library.find("EVP_PKEY_get_raw_public_key");
    decltype(::EVP_PKEY_new_raw_public_key)* EVP_PKEY_new_raw_public_key = library.find("EVP_PKEY_new_raw_public_key");
    decltype(::PEM_read_bio_PrivateKey)* PEM_read_bio_PrivateKey = library.find("PEM_read_bio_PrivateKey");
    decltype(::PEM_write_bio_PKCS8PrivateKey)* PEM_write_bio_PKCS8PrivateKey = library.find("PEM_write_bio_PKCS8PrivateKey");
};

// Loaded by the first call, from any thread.
inline const Crypto& crypto() {
    static const Crypto loaded;
    return loaded;
}

}  // namespace remit
