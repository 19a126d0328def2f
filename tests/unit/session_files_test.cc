#include <fcntl.h>
#include <sys/mman.h>

#include "policy/model.h"
#include "session/files.h"
#include "session/programfile.h"
#include "unit/session_folder.h"

namespace remit::session {
namespace {

class Files : public SessionFolder {
protected:
    // The test's folder as the root of a session.
    Root root() { return {Fd(open(folder_.c_str(), O_PATH | O_CLOEXEC)), 1}; }
    std::string path_of(const std::string& path) {
        auto found = open_in_root(root(), path);
        return found ? found->path : "error: " + found.error().message;
    }
};

TEST_F(Files, AreFoundInTheRootAlone) {
    put("/usr/bin/git");
    link("/usr/bin/git", "/bin/git");
    link("../../../../../usr/bin/git", "/opt/up");
    EXPECT_EQ(path_of("/usr/bin/git"), "/usr/bin/git");
    EXPECT_EQ(path_of("/bin/git"), "/usr/bin/git") << "an absolute link begins at the session's root";
    EXPECT_EQ(path_of("/opt/up"), "/usr/bin/git") << "no way leads above the root";
    EXPECT_EQ(path_of("/../../usr/./bin//git"), "/usr/bin/git");
    EXPECT_EQ(open_in_root(root(), "/usr/bin/none").error().code, Code::kMissing);
}

TEST_F(Files, WithoutANameHaveNoPath) {
    put("/gone");
    auto found = open_in_root(root(), "/gone");
    ASSERT_TRUE(found);
    ASSERT_EQ(unlink((folder_ + "/gone").c_str()), 0);
    EXPECT_EQ(path_in_root(root(), found->fd), "");
    EXPECT_EQ(path_in_root(root(), Fd(open("/usr", O_PATH | O_CLOEXEC))), "") << "outside the root";
}

TEST_F(Files, AreNamedAsTheTaskSeesThem) {
    put("/dir/program");
    const Root whole = *open_root_of(getpid());
    auto found = open_named(getpid(), whole, {folder_ + "/dir/program"});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->path, folder_ + "/dir/program");

    Fd dir(open((folder_ + "/dir").c_str(), O_PATH | O_CLOEXEC));
    found = open_named(getpid(), whole, {"program", dir.get()});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->path, folder_ + "/dir/program");
    found = open_named(getpid(), whole, {"../dir/program", dir.get()});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->path, folder_ + "/dir/program");

    Fd file(open((folder_ + "/dir/program").c_str(), O_RDONLY | O_CLOEXEC));
    const std::string number = std::to_string(file.get());
    for (const ExecName& name : {ExecName{"", file.get(), true}, ExecName{"/proc/self/fd/" + number}, ExecName{"/dev/fd/" + number},
                                 ExecName{"/proc/self/root" + folder_ + "/dir/program"}}) {
        found = open_named(getpid(), whole, name);
        ASSERT_TRUE(found) << name.path << ": " << found.error().message;
        EXPECT_EQ(found->path, folder_ + "/dir/program") << name.path;
    }
    found = open_named(getpid(), whole, {"/proc/self/exe"});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->path, std::filesystem::read_symlink("/proc/self/exe"));
    EXPECT_FALSE(open_named(getpid(), whole, {""}));
}

TEST_F(Files, KeepTheirPathOnlyInTheSessionsOwnMounts) {
    put("/usr/bin/git", "real");
    put("/evil/usr/bin/git", "fake");
    const Root session = root();
    Root task{Fd(open((folder_ + "/evil").c_str(), O_PATH | O_CLOEXEC)), session.mounts + 1};
    auto fake = open_in_root(task, "/usr/bin/git");
    ASSERT_TRUE(fake);
    EXPECT_EQ(fake->path, "/usr/bin/git") << "so the task calls it";
    EXPECT_EQ(path_in_session(session, task, *fake), "") << "another file stands there in the session's root";
    Root honest{Fd(open(folder_.c_str(), O_PATH | O_CLOEXEC)), session.mounts + 1};
    auto real = open_in_root(honest, "/usr/bin/git");
    ASSERT_TRUE(real);
    EXPECT_EQ(path_in_session(session, honest, *real), "/usr/bin/git");
    task.mounts = session.mounts;
    EXPECT_EQ(path_in_session(session, task, *fake), "/evil/usr/bin/git") << "a chroot renames nothing";
}

TEST_F(Files, LeadToTheirInterpreters) {
    put("/bin/sh",
        "\x7f"
        "ELF");
    put("/bin/wrap", "#! /bin/sh -e\n");
    put("/script", "#!/bin/wrap\targument\nrest");
    put("/loop", "#!/loop\n");
    put("/relative", "#!bin/sh\n");
    put("/short", "#!");
    auto chain = open_chain(root(), *open_in_root(root(), "/script"));
    ASSERT_EQ(chain.size(), 3u);
    EXPECT_EQ(chain[1].path, "/bin/wrap");
    EXPECT_EQ(chain[2].path, "/bin/sh");
    EXPECT_LE(open_chain(root(), *open_in_root(root(), "/loop")).size(), 5u);
    EXPECT_EQ(open_chain(root(), *open_in_root(root(), "/relative")).size(), 1u);
    EXPECT_EQ(read_interpreter(open_in_root(root(), "/short")->fd), "");
    EXPECT_EQ(read_interpreter(open_in_root(root(), "/bin/sh")->fd), "");
}

TEST_F(Files, AreOfKindsThatNoPathSpeaksFor) {
    put("/program", "#!/bin/sh\n");
    put("/setuid", "", 04755);
    put("/setgid", "", 02755);
    EXPECT_EQ(kinds_of(open_in_root(root(), "/program")->fd), 0);
    EXPECT_EQ(kinds_of(open_in_root(root(), "/setuid")->fd), policy::kSetId);
    EXPECT_EQ(kinds_of(open_in_root(root(), "/setgid")->fd), policy::kSetId);
    EXPECT_EQ(kinds_of(open_in_root(root(), "/")->fd), std::nullopt);
    EXPECT_EQ(kinds_of(Fd(memfd_create("x", MFD_CLOEXEC))), policy::kAnonymous);
    EXPECT_EQ(kinds_of(Fd(open("/bin/sh", O_PATH | O_CLOEXEC))), 0);
    EXPECT_EQ(kinds_of(Fd(open("/proc/self/exe", O_PATH | O_CLOEXEC))), 0);
    Fd loader;
    for (const char* path : {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"}) {
        if (!loader) loader.reset(open(path, O_PATH | O_CLOEXEC));
    }
    if (!loader) GTEST_SKIP() << "no dynamic loader of glibc at its usual path";
    EXPECT_EQ(kinds_of(loader), policy::kLoader);
}

}  // namespace
}  // namespace remit::session
