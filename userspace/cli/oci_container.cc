#include "cli/oci_container.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/fields.h"

namespace remit::cli {
namespace {

using nlohmann::json;

// A container engine's configuration holds every mount and environment variable.
constexpr size_t kMaxConfig = size_t{16} << 20;

Error malformed(const std::string& what) {
    return {Code::kBadData, what, "remit oci-hook is for OCI runtimes to call, as a createRuntime hook"};
}

Result<std::string> rootfs_of(const std::string& bundle) {
    const std::string path = bundle + "/config.json";
    auto text = read_file(path, kMaxConfig);
    if (!text) return std::move(text).error();
    const json config = json::parse(*text, nullptr, false);
    const std::string rootfs = text_of(part_of(config, "root"), "path");
    if (rootfs.empty()) return malformed(path + " names no root");
    return rootfs.starts_with('/') ? rootfs : bundle + "/" + rootfs;
}

}  // namespace

Result<OciContainer> read_oci_container(std::string_view state) {
    const json told = json::parse(state, nullptr, false);
    if (!told.is_object()) return malformed("the container's state on standard input is no JSON object");
    OciContainer container;
    container.id = text_of(told, "id");
    if (auto pid = told.find("pid"); pid != told.end() && pid->is_number_integer()) container.pid = pid->get<int>();
    const std::string bundle = text_of(told, "bundle");
    if (container.pid <= 0) return malformed("the container's state names no process");
    if (!bundle.starts_with('/')) return malformed("the container's state names no absolute bundle");
    auto rootfs = rootfs_of(bundle);
    if (!rootfs) return std::move(rootfs).error();
    container.rootfs = *std::move(rootfs);
    return container;
}

}  // namespace remit::cli
