#include "cli/boot_loader.h"

#include <unistd.h>

#include <algorithm>
#include <initializer_list>

namespace remit::cli {
namespace {

bool any_of(const std::string& root, std::initializer_list<const char*> paths) {
    return std::any_of(paths.begin(), paths.end(), [&](const char* path) { return ::access((root + path).c_str(), F_OK) == 0; });
}

}  // namespace

session::BootLoader find_boot_loader(const std::string& root) {
    using session::BootLoader;
    // systemd-boot's own file; hosts with GRUB may have loader/entries too.
    if (any_of(root, {"/boot/loader/loader.conf", "/boot/efi/loader/loader.conf", "/efi/loader/loader.conf"}))
        return BootLoader::kSystemdBoot;
    if (any_of(root, {"/usr/sbin/grubby", "/sbin/grubby"})) return BootLoader::kGrubby;
    if (any_of(root, {"/usr/sbin/update-grub", "/sbin/update-grub"})) return BootLoader::kUpdateGrub;
    if (any_of(root, {"/etc/default/grub"})) return BootLoader::kGrub;
    return BootLoader::kUnknown;
}

}  // namespace remit::cli
