#include "session/programfile.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "policy/model.h"

namespace remit::session {

namespace {

// Not in linux/magic.h of Debian 12.
constexpr long kCephMagic = 0x00c36400;
constexpr long kSmb2Magic = 0xfe534d42;
constexpr long kCifsMagic = 0xff534d42;
constexpr long kFuseMagic = 0x65735546;

constexpr size_t kMaxSegments = 64;   // program headers looked at
constexpr size_t kMaxDynamics = 512;  // dynamic entries looked at

std::string own_path(const Fd& fd) {
    return "/proc/self/fd/" + std::to_string(fd.get());
}

template <typename T>
bool read_at(int fd, uint64_t offset, T& out) {
    return ::pread(fd, &out, sizeof out, static_cast<off_t>(offset)) == static_cast<ssize_t>(sizeof out);
}

// An executable has an interpreter, or says that it is one (DF_1_PIE of a static one). The loader and shared objects do neither.
template <typename Header, typename Segment, typename Dynamic>
bool shared_object_without_interpreter(int fd) {
    Header header{};
    if (!read_at(fd, 0, header) || header.e_type != ET_DYN) return false;
    Segment dynamic{};
    for (size_t i = 0; i < std::min<size_t>(header.e_phnum, kMaxSegments); i++) {
        Segment segment{};
        if (!read_at(fd, header.e_phoff + i * sizeof segment, segment)) break;
        if (segment.p_type == PT_INTERP) return false;
        if (segment.p_type == PT_DYNAMIC) dynamic = segment;
    }
    const size_t count = std::min<size_t>(dynamic.p_filesz / sizeof(Dynamic), kMaxDynamics);
    for (size_t i = 0; i < count; i++) {
        Dynamic entry{};
        if (!read_at(fd, dynamic.p_offset + i * sizeof entry, entry) || entry.d_tag == DT_NULL) break;
        if (entry.d_tag == DT_FLAGS_1) return (entry.d_un.d_val & DF_1_PIE) == 0;
    }
    return true;
}

bool loader(const Fd& fd) {
    Fd readable(::open(own_path(fd).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::array<unsigned char, EI_NIDENT> ident{};
    if (!readable || !read_at(readable.get(), 0, ident)) return false;
    if (std::memcmp(ident.data(), ELFMAG, SELFMAG) != 0) return false;
    if (ident[EI_CLASS] == ELFCLASS32) return shared_object_without_interpreter<Elf32_Ehdr, Elf32_Phdr, Elf32_Dyn>(readable.get());
    return shared_object_without_interpreter<Elf64_Ehdr, Elf64_Phdr, Elf64_Dyn>(readable.get());
}

bool set_id(const Fd& fd, mode_t mode) {
    if ((mode & S_ISUID) != 0 || (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP)) return true;
    return ::getxattr(own_path(fd).c_str(), "security.capability", nullptr, 0) > 0;
}

}  // namespace

bool is_foreign(const Fd& fd) {
    struct statfs status {};
    if (::fstatfs(fd.get(), &status) != 0) return true;
    constexpr std::array<unsigned long, 7> kForeignMagics{kFuseMagic, NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, kCifsMagic,
                                                          kSmb2Magic, kCephMagic,      V9FS_MAGIC};
    const auto magic = static_cast<uint32_t>(status.f_type);
    return std::find(kForeignMagics.begin(), kForeignMagics.end(), magic) != kForeignMagics.end();
}

std::optional<uint8_t> kinds_of(const Fd& fd) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    uint8_t kinds = 0;
    if (status.st_nlink == 0) kinds |= policy::kAnonymous;
    if (is_foreign(fd)) return kinds | policy::kForeign;  // nothing that its server says of it is asked for
    if (set_id(fd, status.st_mode)) kinds |= policy::kSetId;
    if (loader(fd)) kinds |= policy::kLoader;
    return kinds;
}

}  // namespace remit::session
