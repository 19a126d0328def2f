// Which boot loader this host has, told by the files that its packages leave: who wants to change the kernel's command line has to know.
// Used by doctor.cc.
#pragma once

#include <string>

#include "session/guarantees.h"

namespace remit::cli {

// root: "" or a folder that stands for /.
session::BootLoader find_boot_loader(const std::string& root);

}  // namespace remit::cli
