// Globals of pinned objects that are not this one: found by the names in their BTF, as their layout is theirs.
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <cstring>
#include <memory>

#include "kernel/maps.h"

namespace remit::kernel {
namespace {

struct Spot {
    uint32_t offset = 0;
    uint32_t size = 0;
};

bool is_called(const btf* types, uint32_t name, const char* wanted) {
    const char* text = btf__name_by_offset(types, name);
    return text && std::strcmp(text, wanted) == 0;
}

// Where a member is in its struct, and of which size.
std::optional<Spot> find_member(const btf* types, __u32 id, const char* wanted) {
    const btf_type* type = btf__type_by_id(types, static_cast<__u32>(btf__resolve_type(types, id)));
    if (!type || !btf_is_struct(type)) return std::nullopt;
    const btf_member* member = btf_members(type);
    for (int i = 0; i < btf_vlen(type); i++, member++) {
        if (is_called(types, member->name_off, wanted))
            return Spot{btf_member_bit_offset(type, i) / 8, static_cast<uint32_t>(btf__resolve_size(types, member->type))};
    }
    return std::nullopt;
}

// The value of a map of globals is a section of variables.
std::optional<Spot> find_spot(const btf* types, __u32 section_id, const char* variable, const char* member) {
    const btf_type* section = btf__type_by_id(types, section_id);
    if (!section || !btf_is_datasec(section)) return std::nullopt;
    const btf_var_secinfo* at = btf_var_secinfos(section);
    for (int i = 0; i < btf_vlen(section); i++, at++) {
        const btf_type* var = btf__type_by_id(types, at->type);
        if (!var || !is_called(types, var->name_off, variable)) continue;
        if (!member) return Spot{at->offset, at->size};
        auto inner = find_member(types, var->type, member);
        if (inner) inner->offset += at->offset;
        return inner;
    }
    return std::nullopt;
}

}  // namespace

std::optional<uint64_t> read_global(const std::string& folder, const char* map, const char* variable, const char* member) {
    const Fd fd(bpf_obj_get((folder + "/maps/" + map).c_str()));
    bpf_map_info info{};
    __u32 info_size = sizeof(info);
    if (!fd || bpf_obj_get_info_by_fd(fd.get(), &info, &info_size) || info.btf_id == 0) return std::nullopt;
    const std::unique_ptr<btf, void (*)(btf*)> types(btf__load_from_kernel_by_id(info.btf_id), btf__free);
    if (!types) return std::nullopt;
    const auto spot = find_spot(types.get(), info.btf_value_type_id, variable, member);
    if (!spot || spot->offset + spot->size > info.value_size || (spot->size != 4 && spot->size != 8)) return std::nullopt;
    std::string value(info.value_size, 0);
    const __u32 key = 0;
    if (bpf_map_lookup_elem(fd.get(), &key, value.data())) return std::nullopt;
    uint64_t word = 0;
    std::memcpy(&word, value.data() + spot->offset, spot->size);  // little endian, as all that BPF objects are built for here
    return word;
}

}  // namespace remit::kernel
