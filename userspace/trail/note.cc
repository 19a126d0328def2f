#include "trail/note.h"

#include <algorithm>
#include <charconv>

#include "base/base64.h"

namespace remit::trail {
namespace {

constexpr char kEd25519 = 1;  // signed-note's number of the algorithm
constexpr size_t kHashBytes = 4;
constexpr std::string_view kDash = "\u2014 ";

using KeyHash = std::array<uint8_t, kHashBytes>;

std::string_view view(std::span<const uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

KeyHash hash_of(const VerifierKey& key) {
    Sha256 hash;
    hash.add(key.name);
    hash.add(std::string_view("\n", 1));
    hash.add(std::string_view(&kEd25519, 1));
    hash.add(view(key.key));
    const Digest digest = hash.finish();
    KeyHash out{};
    std::copy_n(digest.begin(), out.size(), out.begin());
    return out;
}

Error bad(std::string what) {
    return Error{Code::kBadData, std::move(what), "a checkpoint is origin, size and root on a line each, an empty line, and signatures"};
}

// Up to the next line feed, which must be there.
bool take_line(std::string_view& text, std::string_view& line) {
    const size_t feed = text.find('\n');
    if (feed == std::string_view::npos) return false;
    line = text.substr(0, feed);
    text.remove_prefix(feed + 1);
    return true;
}

Result<Checkpoint> parse_checkpoint(std::string_view body) {
    Checkpoint checkpoint;
    std::string_view origin, size, root;
    if (!take_line(body, origin) || !take_line(body, size) || !take_line(body, root) || origin.empty())
        return bad("no checkpoint: three lines must stand above the empty one");
    checkpoint.origin = origin;
    const auto end = std::from_chars(size.data(), size.data() + size.size(), checkpoint.size);
    if (end.ec != std::errc{} || end.ptr != size.data() + size.size() || (size.size() > 1 && size[0] == '0'))
        return bad("no checkpoint: the size is no number");
    const auto digest = parse_base64(root);
    if (!digest || digest->size() != checkpoint.root.size()) return bad("no checkpoint: the root is no hash in base64");
    std::copy(digest->begin(), digest->end(), checkpoint.root.begin());
    return checkpoint;
}

struct SignatureLine {
    std::string_view name;
    KeyHash hash{};
    Signature signature{};
};

// False: not the form of an Ed25519 signature; such lines may be of algorithms that are not known here.
bool parse_signature(std::string_view line, SignatureLine& out) {
    if (!line.starts_with(kDash)) return false;
    line.remove_prefix(kDash.size());
    const size_t space = line.find(' ');
    if (space == std::string_view::npos) return false;
    out.name = line.substr(0, space);
    const auto bytes = parse_base64(line.substr(space + 1));
    if (!bytes || bytes->size() != out.hash.size() + out.signature.size()) return false;
    std::copy_n(bytes->begin(), kHashBytes, out.hash.begin());
    std::copy(bytes->begin() + kHashBytes, bytes->end(), out.signature.begin());
    return true;
}

}  // namespace

std::string VerifierKey::text() const {
    std::vector<uint8_t> typed{static_cast<uint8_t>(kEd25519)};
    typed.insert(typed.end(), key.begin(), key.end());
    return name + "+" + hex(hash_of(*this)) + "+" + base64(typed);
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
    const Error wrong{Code::kBadData, "no verifier key: " + std::string(text.substr(0, 80)), "it is name+hash+base64, as in trail.vkey"};
    const size_t first = text.find('+');
    const size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
    if (second == std::string_view::npos || first == 0) return wrong;
    VerifierKey key;
    key.name = text.substr(0, first);
    const auto typed = parse_base64(text.substr(second + 1));
    if (!typed || typed->size() != key.key.size() + 1 || typed->front() != kEd25519) return wrong;
    std::copy(typed->begin() + 1, typed->end(), key.key.begin());
    if (text.substr(first + 1, second - first - 1) != hex(hash_of(key))) return wrong;
    return key;
}

Result<std::vector<VerifierKey>> parse_verifier_keys(std::string_view text) {
    std::vector<VerifierKey> keys;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.empty() || line.starts_with('#')) continue;
        auto key = parse_verifier_key(line);
        if (!key) return std::move(key).error();
        keys.push_back(*std::move(key));
    }
    return keys;
}

Result<Signer> Signer::make(SigningKey key, std::string_view name) {
    VerifierKey verifier{std::string(name), {}};
    for (char& c : verifier.name)
        if (static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7f || c == '+') c = '-';
    auto public_key = key.public_key();
    if (!public_key) return std::move(public_key).error();
    verifier.key = *public_key;
    return Signer(std::move(key), std::move(verifier));
}

Result<std::string> Signer::sign(uint64_t size, const Digest& root) const {
    std::string note = verifier_.name + "\n" + std::to_string(size) + "\n" + base64(root) + "\n";
    auto signature = key_.sign(note);
    if (!signature) return std::move(signature).error().within("sign a checkpoint");
    const KeyHash hash = hash_of(verifier_);
    std::vector<uint8_t> bytes(hash.begin(), hash.end());
    bytes.insert(bytes.end(), signature->begin(), signature->end());
    return note + "\n" + std::string(kDash) + verifier_.name + " " + base64(bytes) + "\n";
}

Result<OpenedNote> open_note(std::string_view note, std::span<const VerifierKey> keys) {
    const size_t gap = note.rfind("\n\n");
    if (gap == std::string_view::npos) return bad("no signed note: no empty line");
    const std::string_view body = note.substr(0, gap + 1);
    auto checkpoint = parse_checkpoint(body);
    if (!checkpoint) return std::move(checkpoint).error();
    OpenedNote opened{*std::move(checkpoint), ""};
    std::string_view rest = note.substr(gap + 2), line;
    while (take_line(rest, line)) {
        SignatureLine found;
        if (!parse_signature(line, found)) continue;
        const auto key =
            std::ranges::find_if(keys, [&](const VerifierKey& known) { return known.name == found.name && hash_of(known) == found.hash; });
        if (key == keys.end()) continue;
        if (!is_signed(body, found.signature, key->key)) return bad("the signature is not the one of key " + key->name);
        opened.signed_by = key->name;
    }
    return opened;
}

}  // namespace remit::trail
