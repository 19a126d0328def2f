// Ed25519 (RFC 8032) by libcrypto: keys, signatures, and keys in files. Usable everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace remit {

using PublicKey = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;

class SigningKey {
public:
    static Result<SigningKey> make();
    // PEM, PKCS #8, without a passphrase.
    static Result<SigningKey> from_pem(std::string_view pem);
    // Reads it; where the file is missing, makes a key and keeps it there (mode 0600).
    static Result<SigningKey> open(const std::string& path);

    Result<std::string> to_pem() const;
    Result<PublicKey> public_key() const;
    Result<Signature> sign(std::string_view message) const;

private:
    explicit SigningKey(void* key);
    std::shared_ptr<void> key_;  // EVP_PKEY, which counts its users itself
};

bool is_signed(std::string_view message, const Signature& signature, const PublicKey& key);

}  // namespace remit
