// Checkpoints of a trail as signed notes: C2SP tlog-checkpoint (origin, size, root) in C2SP signed-note, by Ed25519. Pure. Used within
// trail/ and by cli/.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/signature.h"

namespace remit::trail {

struct Checkpoint {
    std::string origin;  // whose trail it is, and the name of the key that signs it
    uint64_t size = 0;   // lines under it, from seq 0
    Digest root{};
};

// A public key with its name: `name+hash+base64` on one line, as verifiers of signed notes take it.
struct VerifierKey {
    std::string name;
    PublicKey key{};

    std::string text() const;
};
Result<VerifierKey> parse_verifier_key(std::string_view text);
// A line each; empty lines and those that begin with # are passed over.
Result<std::vector<VerifierKey>> parse_verifier_keys(std::string_view text);

class Signer {
public:
    // name: no white space, no plus; others become hyphens.
    static Result<Signer> make(SigningKey key, std::string_view name);

    const VerifierKey& verifier() const { return verifier_; }
    // The note: origin is the signer's name.
    Result<std::string> sign(uint64_t size, const Digest& root) const;

private:
    Signer(SigningKey key, VerifierKey verifier) : key_(std::move(key)), verifier_(std::move(verifier)) {}
    SigningKey key_;
    VerifierKey verifier_;
};

struct OpenedNote {
    Checkpoint checkpoint;
    std::string signed_by;  // name of the key; empty: by none of those given
};
// Fails where it is no checkpoint, or where a signature claims one of the keys and is not its own.
Result<OpenedNote> open_note(std::string_view note, std::span<const VerifierKey> keys);

}  // namespace remit::trail
