#include "base/signature.h"

#include "base/crypto.h"
#include "base/file.h"

namespace remit {
namespace {

// A key of Ed25519 has 119 bytes of PEM.
constexpr size_t kMostPem = 4096;

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Bytes = std::unique_ptr<BIO, decltype(&BIO_free)>;

Error failed(const char* what) {
    return Error{Code::kInternal, std::string(what) + ": libcrypto failed", "is OpenSSL 3 with Ed25519 installed?"};
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

EVP_PKEY* raw(const std::shared_ptr<void>& key) {
    return static_cast<EVP_PKEY*>(key.get());
}

}  // namespace

SigningKey::SigningKey(void* key) : key_(key, [](void* held) { crypto().EVP_PKEY_free(static_cast<EVP_PKEY*>(held)); }) {}

Result<SigningKey> SigningKey::make() {
    EVP_PKEY* key = crypto().EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    if (!key) return failed("make a key");
    return SigningKey(key);
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
    const Bytes in(crypto().BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), crypto().BIO_free);
    EVP_PKEY* key = in ? crypto().PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr) : nullptr;
    if (!key) return Error{Code::kBadData, "no private key in PEM", "restore the file, or move it away and let a new key be made"};
    SigningKey held(key);
    if (crypto().EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519)
        return Error{Code::kBadData, "the key is not one of Ed25519", "openssl genpkey -algorithm ED25519 makes one"};
    return held;
}

Result<SigningKey> SigningKey::open(const std::string& path) {
    auto pem = read_file(path, kMostPem);
    if (pem) {
        auto key = from_pem(*pem);
        if (!key) return std::move(key).error().within("read " + path);
        return key;
    }
    if (pem.error().code != Code::kMissing) return std::move(pem).error();
    auto key = make();
    if (!key) return key;
    auto made = key->to_pem();
    if (!made) return std::move(made).error();
    if (auto kept = write_file_atomically(path, *made, 0600); !kept) return std::move(kept).error();
    return key;
}

Result<std::string> SigningKey::to_pem() const {
    const Bytes out(crypto().BIO_new(crypto().BIO_s_mem()), crypto().BIO_free);
    if (!out || crypto().PEM_write_bio_PKCS8PrivateKey(out.get(), raw(key_), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return failed("write a key as PEM");
    char* begin = nullptr;
    const long size = crypto().BIO_ctrl(out.get(), BIO_CTRL_INFO, 0, static_cast<void*>(&begin));
    return std::string(begin, static_cast<size_t>(size));
}

Result<PublicKey> SigningKey::public_key() const {
    PublicKey key{};
    size_t size = key.size();
    if (crypto().EVP_PKEY_get_raw_public_key(raw(key_), key.data(), &size) != 1 || size != key.size()) return failed("read a public key");
    return key;
}

Result<Signature> SigningKey::sign(std::string_view message) const {
    const Context context(crypto().EVP_MD_CTX_new(), crypto().EVP_MD_CTX_free);
    Signature signature{};
    size_t size = signature.size();
    if (!context || crypto().EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, raw(key_)) != 1 ||
        crypto().EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(message), message.size()) != 1 || size != signature.size())
        return failed("sign");
    return signature;
}

bool is_signed(std::string_view message, const Signature& signature, const PublicKey& key) {
    EVP_PKEY* public_key = crypto().EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size());
    const Context context(crypto().EVP_MD_CTX_new(), crypto().EVP_MD_CTX_free);
    const bool good = public_key && context && crypto().EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key) == 1 &&
                      crypto().EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes_of(message), message.size()) == 1;
    crypto().EVP_PKEY_free(public_key);
    return good;
}

}  // namespace remit
