#include "trail/keys.h"

#include <filesystem>

#include "base/file.h"
#include "trail/segment.h"

namespace remit::trail {
namespace {

constexpr size_t kMostKeys = size_t{1} << 20;

}  // namespace

std::string key_file_of(const std::string& folder) {
    return folder + "/trail.vkey";
}

Result<std::vector<VerifierKey>> read_keys(const std::string& folder) {
    auto text = read_file(key_file_of(folder), kMostKeys);
    if (!text && text.error().code == Code::kMissing) return std::vector<VerifierKey>{};
    if (!text) return std::move(text).error();
    auto keys = parse_verifier_keys(*text);
    if (!keys) return std::move(keys).error().within("read " + key_file_of(folder));
    return keys;
}

Result<std::vector<VerifierKey>> read_keys_beside(const std::vector<std::string>& paths) {
    std::vector<VerifierKey> all;
    for (const std::string& path : paths) {
        auto folder = is_folder(path);
        if (!folder) return std::move(folder).error();
        auto keys = read_keys(*folder ? path : std::filesystem::path(path).parent_path().string());
        if (!keys) return keys;
        all.insert(all.end(), keys->begin(), keys->end());
    }
    return all;
}

Result<OwnKey> open_key(const std::string& path, const std::string& name, const std::string& folder) {
    if (auto made = make_folders(std::filesystem::path(path).parent_path(), 0700); !made) return std::move(made).error();
    auto key = SigningKey::open(path);
    if (!key) return std::move(key).error();
    auto signer = Signer::make(*std::move(key), name);
    if (!signer) return std::move(signer).error();
    if (auto made = make_folders(folder, 0750); !made) return std::move(made).error();
    auto known = read_keys(folder);
    if (!known) return std::move(known).error();
    const std::string own = signer->verifier().text();
    const std::string before = known->empty() ? "" : known->back().text();
    if (own == before) return OwnKey{*std::move(signer), std::nullopt};
    std::string text;
    for (const VerifierKey& each : *known) text += each.text() + "\n";
    if (auto kept = write_file_atomically(key_file_of(folder), text + own + "\n", 0644); !kept) return std::move(kept).error();
    return OwnKey{*std::move(signer), KeyChange{own, before}};
}

}  // namespace remit::trail
