// A trail of arbitrary bytes: verify and the reader come to an end, and no byte of a line with a witness can be changed unseen.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fuzz/input.h"
#include "trail/chain.h"
#include "trail/reader.h"
#include "trail/segment.h"
#include "trail/verify.h"

namespace remit::fuzz {
namespace {

using trail::Verdict;

// A file in memory, under a name that can be opened again.
class MemoryFile {
public:
    MemoryFile() : fd_(memfd_create("trail", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) { REMIT_HOLDS(fd_ >= 0); }
    const std::string& put(std::string_view bytes) {
        REMIT_HOLDS(ftruncate(fd_, 0) == 0);
        REMIT_HOLDS(pwrite(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
        return path_;
    }

private:
    int fd_;
    std::string path_;
};

// Chains the lines of the input anew, so that what is behind the first one is reached: each line is `{"v":1,"seq":N,"prev":"…",` and its
// own bytes.
std::string chained(std::string_view bytes) {
    std::string text;
    std::string prev(trail::kFirstPrev);
    for (uint64_t seq = 0; !bytes.empty(); seq++) {
        const size_t end = std::min(bytes.find('\n'), bytes.size());
        const std::string line =
            R"({"v":1,"seq":)" + std::to_string(seq) + R"(,"prev":")" + prev + "\"," + std::string(bytes.substr(0, end));
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
        prev = trail::chain_hash(line);
        text += line + "\n";
    }
    return text;
}

void check_witnesses(MemoryFile& file, std::string text, size_t at) {
    const size_t last_line = text.rfind('\n', text.size() - 2);
    if (last_line == std::string::npos || text.empty()) return;
    at %= last_line + 1;
    text[at] = static_cast<char>(text[at] ^ 1);
    auto changed = trail::verify({file.put(text)});
    REMIT_HOLDS(changed && changed->verdict != Verdict::kWhole);
}

}  // namespace
}  // namespace remit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace remit;
    static fuzz::MemoryFile file;
    fuzz::Input input(data, size);
    const bool chain = input.flip();
    const auto at = input.take<uint16_t>();
    std::string text = chain ? fuzz::chained(input.rest()) : std::string(input.rest());
    // A line that is cut off is looked at for 200 ms, as a daemon may be writing it: seldom worth it here.
    if (!text.empty() && text.back() != '\n' && at != 0x4040) text += '\n';
    const std::string& path = file.put(text);
    auto verified = trail::verify({path});
    REMIT_HOLDS(verified);
    if (verified->verdict == trail::Verdict::kWhole)
        REMIT_HOLDS(verified->problem.empty());
    else
        REMIT_HOLDS(!verified->problem.empty() && verified->line >= 1);
    uint64_t lines = 0;
    auto read = trail::read_trail({path}, {}, [&](std::string_view, const nlohmann::json&) { return ++lines < 100; });
    (void)trail::read_trail({path}, {.session = "s", .kind = "crossing", .tool = "t", .since = "2"},
                            [&](std::string_view, const nlohmann::json& line) {
                                REMIT_HOLDS(line.is_object());
                                return true;
                            });
    if (verified->verdict == trail::Verdict::kWhole && verified->records > 1) fuzz::check_witnesses(file, text, at);
    return 0;
}
