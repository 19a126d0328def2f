#include "policy/brokers.h"

#include <fnmatch.h>

#include <string>

namespace remit::policy {
namespace {

struct Broker {
    const char* glob;  // `*` stands for slashes too
    std::string_view power;
};

constexpr std::string_view kContainers = "starts containers: root on the host, with any of its files";
constexpr std::string_view kMachines = "starts virtual machines, with any disk of the host";
constexpr std::string_view kBus = "reaches every service on the bus: units, packages, keys, other programs";
constexpr std::string_view kSystemd = "starts and stops units, outside of the session";
constexpr std::string_view kKeys = "signs and decrypts with all keys that the agent holds";
constexpr std::string_view kTerminal = "types into terminals outside of the session";
constexpr std::string_view kDisplay = "reads the screen and the keyboard, and types";
constexpr std::string_view kLater = "runs commands later, outside of the session";

constexpr Broker kBrokers[] = {
    {"*/docker.sock", kContainers},
    {"*/docker/*.sock", kContainers},
    {"*/podman.sock", kContainers},
    {"*/containerd*.sock*", kContainers},
    {"*/crio.sock", kContainers},
    {"*/buildkitd.sock", kContainers},
    {"*/lxd/*unix.socket*", kContainers},
    {"*/incus/*unix.socket*", kContainers},
    {"*/libvirt*", kMachines},
    {"*/dbus/*", kBus},
    {"/run/user/*/bus", kBus},
    {"@/tmp/dbus-*", kBus},
    {"@dbus-*", kBus},
    {"*/at-spi/bus*", kBus},
    {"*/ibus/dbus-*", kBus},
    {"*/polkit*", "grants rights of root"},
    {"*/systemd/journal/*", "writes to the host's log as somebody else"},
    {"*/systemd/*", kSystemd},
    {"@*/systemd/*", kSystemd},
    {"*/ssh-*/agent.*", kKeys},
    {"*/ssh-agent*", kKeys},
    {"*/keyring/*", kKeys},
    {"*/S.gpg-agent*", kKeys},
    {"*/S.scdaemon", kKeys},
    {"*/pcscd*", "uses the smart cards of the host"},
    {"*/tmux-*", kTerminal},
    {"*/screen/*", kTerminal},
    {"*/screens/*", kTerminal},
    {"*/.screen/*", kTerminal},
    {"*/emacs*/server*", "runs any code in an editor outside of the session"},
    {"*/.X11-unix/*", kDisplay},
    {"*/wayland-*", kDisplay},
    {"*/cron*", kLater},
    {"*/at/*", kLater},
    {"*/atd*", kLater},
    {"*/snapd*.socket", "installs and runs snaps as root"},
    {"*/packagekit*", "installs packages as root"},
};

}  // namespace

std::string_view power_of_broker(std::string_view name) {
    const std::string text(name);
    for (const Broker& broker : kBrokers)
        if (::fnmatch(broker.glob, text.c_str(), 0) == 0) return broker.power;
    return {};
}

}  // namespace remit::policy
