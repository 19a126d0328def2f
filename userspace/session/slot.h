// A session's slot in the kernel's table, shared memory: written word by word, in an order that never lets a crossing see half of a change.
// Used by session/lifecycle.h.
#pragma once

#include "abi/policy.h"
#include "session/session.h"

namespace remit::session {

// Everything but the state, which comes last: the slot decides nothing before it is armed.
void fill_slot(remit_session& slot, const Session& session, uint32_t tables_id);
void set_slot_state(remit_session& slot, remit_state state);
// Every verdict and socket of the session is stale at once and judged again. Returns the new generation.
uint32_t flip_generation(remit_session& slot);
void approve_tool(remit_session& slot, uint16_t tool);
// A no, or no answer: refused without a question until it is forgotten.
void reject_tool(remit_session& slot, uint16_t tool);
void forget_rejection(remit_session& slot, uint16_t tool);
void clear_slot(remit_session& slot);
remit_session read_slot(const remit_session& slot);

}  // namespace remit::session
