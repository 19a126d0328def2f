// A session's slot in the kernel's table, shared memory: written word by word, in an order that never lets a crossing see half of a change.
// Used by session/lifecycle.h.
#pragma once

#include "abi/policy.h"
#include "session/session.h"

namespace remit::session {

// Everything but the state, which comes last: the slot decides nothing before it is armed.
void fill_slot(remit_session& slot, const Session& session, uint32_t tables_id);
// Below the session at another slot, whose id the filled slot names; before it is armed.
void put_below(remit_session& slot, const remit_session& parent, uint32_t parent_slot);
void set_slot_state(remit_session& slot, remit_state state);
// Every verdict and socket of the session is stale at once and judged again. Returns the new generation. The kernel does the same when a
// mark cuts sockets: neither loses the other's step.
uint32_t flip_generation(remit_session& slot);
// The same, and from now on other tables hold: published before, with everything that they need.
uint32_t switch_tables(remit_session& slot, uint32_t tables_id);
// once: the crossing that takes it is the last one. Nothing passes by an older approval meanwhile.
void approve_tool(remit_session& slot, uint16_t tool, bool once);
void take_approval_back(remit_session& slot, uint16_t tool);
// A no, or no answer: refused without a question until it is forgotten.
void reject_tool(remit_session& slot, uint16_t tool);
void forget_rejection(remit_session& slot, uint16_t tool);
void clear_slot(remit_session& slot);
remit_session read_slot(const remit_session& slot);

}  // namespace remit::session
