#include "base/digest.h"

#include <cstdlib>

#include "base/crypto.h"

namespace remit {
namespace {

// SHA-256 fails only where the library lacks it or memory is out; there is no trail and no policy without it.
void must(int done) {
    if (done != 1) std::abort();
}

const EVP_MD* algorithm() {
    static EVP_MD* const fetched = crypto().EVP_MD_fetch(nullptr, "SHA256", nullptr);  // once: a fetch takes locks and look-ups
    return fetched;
}

}  // namespace

struct Sha256::Context {
    EVP_MD_CTX* evp = crypto().EVP_MD_CTX_new();

    Context() { begin(); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    ~Context() { crypto().EVP_MD_CTX_free(evp); }
    void begin() { must(crypto().EVP_DigestInit_ex2(evp, algorithm(), nullptr)); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    must(crypto().EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()));
}

Digest Sha256::finish() {
    Digest digest{};
    must(crypto().EVP_DigestFinal_ex(context_->evp, digest.data(), nullptr));
    context_->begin();
    return digest;
}

Digest sha256(std::string_view bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.finish();
}

void append_hex(std::string& out, std::span<const uint8_t> bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    for (const uint8_t byte : bytes) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
}

std::optional<Digest> parse_digest(std::string_view hex) {
    Digest digest{};
    if (hex.size() != digest.size() * 2) return std::nullopt;
    for (size_t i = 0; i < hex.size(); i++) {
        const char c = hex[i];
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return std::nullopt;
        digest[i / 2] = static_cast<uint8_t>(digest[i / 2] << 4 | digit);
    }
    return digest;
}

std::string hex(std::span<const uint8_t> bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    append_hex(out, bytes);
    return out;
}

}  // namespace remit
