#include "session/slot.h"

namespace remit::session {

namespace {

template <typename Word>
void store(Word& word, Word value) {
    __atomic_store_n(&word, value, __ATOMIC_SEQ_CST);
}

template <typename Word>
Word load(const Word& word) {
    return __atomic_load_n(&word, __ATOMIC_SEQ_CST);
}

void add(__u64* tools, uint16_t tool) {
    if (tool < REMIT_MAX_TOOLS) __atomic_fetch_or(&tools[tool / 64], 1ULL << (tool % 64), __ATOMIC_SEQ_CST);
}

void remove(__u64* tools, uint16_t tool) {
    if (tool < REMIT_MAX_TOOLS) __atomic_fetch_and(&tools[tool / 64], ~(1ULL << (tool % 64)), __ATOMIC_SEQ_CST);
}

}  // namespace

void fill_slot(remit_session& slot, const Session& session, uint32_t tables_id) {
    clear_slot(slot);
    store(slot.cgroup, __u64{session.cgroup_id});
    store(slot.start_ns, __u64{session.start_ns});
    store(slot.expires_ns, __u64{session.expires_ns});
    store(slot.authority, __u64{session.generation} << 32 | tables_id);
    store(slot.setup_start, static_cast<__u32>(session.set_up.start_ns / REMIT_CLOCK_TICK_NS));
    store(slot.setup_process, static_cast<__u32>(session.set_up.process));
    store(slot.parent_id, __u64{session.parent});
    store(slot.id, __u64{session.kernel_id});
}

// What was seen above is seen below from its start on.
void put_below(remit_session& slot, const remit_session& parent, uint32_t parent_slot) {
    for (int i = 0; i < REMIT_MARK_WORDS; i++) store(slot.seen[i], load(parent.seen[i]));
    store(slot.parent, __u32{parent_slot});
}

void set_slot_state(remit_session& slot, remit_state state) {
    store(slot.state, static_cast<__u32>(state));
}

uint32_t flip_generation(remit_session& slot) {
    return remit_generation_of(__atomic_add_fetch(&slot.authority, 1ULL << 32, __ATOMIC_SEQ_CST));
}

uint32_t switch_tables(remit_session& slot, uint32_t tables_id) {
    __u64 old = load(slot.authority);
    __u64 next = 0;
    do {
        next = (__u64{remit_generation_of(old)} + 1) << 32 | tables_id;
    } while (!__atomic_compare_exchange_n(&slot.authority, &old, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return remit_generation_of(next);
}

void approve_tool(remit_session& slot, uint16_t tool, bool once) {
    if (once)
        add(slot.once, tool);
    else
        remove(slot.once, tool);
    add(slot.approved, tool);
}

void take_approval_back(remit_session& slot, uint16_t tool) {
    remove(slot.approved, tool);
}

void reject_tool(remit_session& slot, uint16_t tool) {
    add(slot.rejected, tool);
}

void forget_rejection(remit_session& slot, uint16_t tool) {
    remove(slot.rejected, tool);
}

void clear_slot(remit_session& slot) {
    set_slot_state(slot, REMIT_FREE);
    store(slot.id, __u64{0});
    store(slot.parent, __u32{0});
    for (__u64* word : {&slot.parent_id, &slot.cgroup, &slot.start_ns, &slot.expires_ns, &slot.authority, &slot.passed, &slot.refused,
                        &slot.bytes_out, &slot.bytes_in, &slot.packets_out, &slot.packets_in})
        store(*word, __u64{0});
    store(slot.flows, __u32{0});
    for (__u64& word : slot.seen) store(word, __u64{0});
    for (__u64& word : slot.approved) store(word, __u64{0});
    for (__u64& word : slot.once) store(word, __u64{0});
    for (__u64& word : slot.rejected) store(word, __u64{0});
}

remit_session read_slot(const remit_session& slot) {
    remit_session copy{};
    copy.id = load(slot.id);
    copy.cgroup = load(slot.cgroup);
    copy.start_ns = load(slot.start_ns);
    copy.expires_ns = load(slot.expires_ns);
    copy.authority = load(slot.authority);
    for (int i = 0; i < REMIT_MARK_WORDS; i++) copy.seen[i] = load(slot.seen[i]);
    for (int i = 0; i < REMIT_TOOL_WORDS; i++) {
        copy.approved[i] = load(slot.approved[i]);
        copy.once[i] = load(slot.once[i]);
        copy.rejected[i] = load(slot.rejected[i]);
    }
    copy.passed = load(slot.passed);
    copy.refused = load(slot.refused);
    copy.bytes_out = load(slot.bytes_out);
    copy.bytes_in = load(slot.bytes_in);
    copy.packets_out = load(slot.packets_out);
    copy.packets_in = load(slot.packets_in);
    copy.flows = load(slot.flows);
    copy.state = load(slot.state);
    return copy;
}

}  // namespace remit::session
