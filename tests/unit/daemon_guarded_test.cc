#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "daemon/guarded.h"

namespace remit::daemon {
namespace {

TEST(Guarded, FindsWhereABpffsIsMounted) {
    EXPECT_EQ(bpffs_mount_of("/tmp"), "");
    EXPECT_EQ(bpffs_mount_of("/missing"), "");
    struct statfs status {};
    if (::statfs("/sys/fs/bpf", &status) != 0 || status.f_type != BPF_FS_MAGIC) GTEST_SKIP() << "no bpffs at /sys/fs/bpf";
    EXPECT_EQ(bpffs_mount_of("/sys/fs/bpf"), "/sys/fs/bpf");
    EXPECT_EQ(bpffs_mount_of("/sys/fs/bpf/."), "/sys/fs/bpf");
}

TEST(Guarded, KeepsTheNamesOfFoldersAboveAsWrittenAndAsTheyAre) {
    char folder[] = "/tmp/remit-above-XXXXXX";
    ASSERT_TRUE(mkdtemp(folder));
    const std::string top = folder;
    ASSERT_EQ(mkdir((top + "/real").c_str(), 0700), 0);
    ASSERT_EQ(mkdir((top + "/real/state").c_str(), 0700), 0);
    ASSERT_EQ(symlink("real", (top + "/link").c_str()), 0);
    const std::map<std::string, uint32_t> expected = {{"/tmp", REMIT_GUARDS_NAME},
                                                      {top, REMIT_GUARDS_NAME},
                                                      {top + "/link", REMIT_GUARDS_NAME},
                                                      {top + "/real", REMIT_GUARDS_NAME},
                                                      {top + "/link/state", REMIT_GUARDS_TREE}};
    EXPECT_EQ(with_folders_above({{top + "/link/state", REMIT_GUARDS_TREE}}), expected);
    std::filesystem::remove_all(top);
}

}  // namespace
}  // namespace remit::daemon
