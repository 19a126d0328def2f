#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/vfs.h>

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

}  // namespace
}  // namespace remit::daemon
