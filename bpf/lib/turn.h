/* Whose turn is it, in the LSM hooks of an upgrade? There the programs of the newer object run before those of the older one. Had the newer
 * one passed before the word `serving` changed and the older one looked behind it, nobody would have judged the call. So the serving one
 * notes on the task that it has judged, and the one that is leaving passes only where that was noted. In all other hooks the older object's
 * programs run first: there the same moment can only make both judge. */
#ifndef REMIT_LIB_TURN_H
#define REMIT_LIB_TURN_H

#include "maps.h"

REMIT_INLINE bool remit_has_turn(void)
{
	__u32 turn = bindings.upgrades << REMIT_TURN_SHIFT;
	bool serves = REMIT_SERVES();
	struct remit_tag *tag;

	if (!bindings.previous || (!serves && bindings.previous != build))
		return serves;
	tag = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	if (!serves)
		return !tag || (tag->flags >> REMIT_TURN_SHIFT) << REMIT_TURN_SHIFT != turn;
	if (tag && (tag->flags >> REMIT_TURN_SHIFT) << REMIT_TURN_SHIFT != turn) {
		/* Beside REMIT_KEPT_OUT, which another task may set at this moment. */
		__sync_fetch_and_and(&tag->flags, (1U << REMIT_TURN_SHIFT) - 1);
		__sync_fetch_and_or(&tag->flags, turn);
	}
	return true;
}

#endif
