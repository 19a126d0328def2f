// What `remit doctor` finds out by files: the boot loader, whose configuration takes the LSM list; and that a self-test needs a daemon.
#include "cli/boot_loader.h"
#include "unit/cli_folder.h"

namespace remit::cli {
namespace {

using session::BootLoader;
using testing::remit;

class DoctorFiles : public testing::CliFolder {};

TEST_F(DoctorFiles, KnowsTheBootLoaderByItsFiles) {
    EXPECT_EQ(find_boot_loader(folder_), BootLoader::kUnknown);
    write("etc/default/grub", "");
    EXPECT_EQ(find_boot_loader(folder_), BootLoader::kGrub);
    write("usr/sbin/update-grub", "");
    EXPECT_EQ(find_boot_loader(folder_), BootLoader::kUpdateGrub);
    write("usr/sbin/grubby", "");
    write("boot/loader/entries/a.conf", "");
    EXPECT_EQ(find_boot_loader(folder_), BootLoader::kGrubby) << "entries alone are GRUB's as well";
    write("boot/efi/loader/loader.conf", "");
    EXPECT_EQ(find_boot_loader(folder_), BootLoader::kSystemdBoot);
}

TEST_F(DoctorFiles, ASelfTestWithoutADaemonIsNone) {
    auto ran = remit({"doctor", "--self-test", "--json", "--run-dir", folder_});
    EXPECT_EQ(ran.status, 69);
    EXPECT_TRUE(ran.json()["self_test"].contains("error")) << ran.out;
    EXPECT_TRUE(ran.says("no self-test")) << ran.err;
}

}  // namespace
}  // namespace remit::cli
