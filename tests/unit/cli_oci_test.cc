// What `remit oci-hook` makes of the state that a runtime tells it.
#include "cli/oci_container.h"
#include "unit/cli_folder.h"

namespace remit::cli {
namespace {

class OciHook : public testing::CliFolder {
protected:
    std::string state(const std::string& pid = "42") {
        return R"({"ociVersion":"1.0.2","id":"agent-7","status":"creating","pid":)" + pid + R"(,"bundle":")" + folder_ + R"("})";
    }
};

TEST_F(OciHook, ReadsProcessAndRoot) {
    write("config.json", R"({"root":{"path":"rootfs","readonly":true}})");
    auto container = read_oci_container(state());
    ASSERT_TRUE(container) << container.error().message;
    EXPECT_EQ(container->id, "agent-7");
    EXPECT_EQ(container->pid, 42);
    EXPECT_EQ(container->rootfs, folder_ + "/rootfs") << "relative to the bundle";
    write("config.json", R"({"root":{"path":"/var/lib/c/merged"}})");
    EXPECT_EQ(read_oci_container(state())->rootfs, "/var/lib/c/merged");
}

TEST_F(OciHook, RefusesWhatItCannotBind) {
    EXPECT_EQ(read_oci_container(state()).error().code, Code::kMissing) << "no config.json";
    for (const char* config : {"", "[]", R"({"root":"/x"})", R"({"root":{"path":7}})"}) {
        write("config.json", config);
        EXPECT_EQ(read_oci_container(state()).error().code, Code::kBadData) << config;
    }
    write("config.json", R"({"root":{"path":"rootfs"}})");
    for (const std::string& told : {std::string(), std::string("7"), state("0"), state("-1"), state("\"42\""), std::string(R"({"pid":42})"),
                                    std::string(R"({"pid":42,"bundle":"relative"})")})
        EXPECT_EQ(read_oci_container(told).error().code, Code::kBadData) << told;
}

}  // namespace
}  // namespace remit::cli
