/* tun: a network device of its own. */
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

#include "probe.h"

int main(int argc, char** argv) {
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR);

    (void)argc, (void)argv;
    if (fd < 0 && (errno == ENOENT || errno == ENODEV)) not_here("tun");
    must(fd, "open");
    must(ioctl(fd, TUNSETIFF, &request), "TUNSETIFF");
    return CROSSED;
}
