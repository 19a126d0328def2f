/* What TCP tells of a session's sockets: attached per session. An error in here leaves the judging to the first packet. */
#ifndef REMIT_HOOKS_SOCKOPS_H
#define REMIT_HOOKS_SOCKOPS_H

#include "listen.h"

REMIT_INLINE void remit_listener_made(struct bpf_sock_ops *ctx, struct bpf_sock *sk)
{
	struct remit_stamp *stamp = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	struct task_struct *task = (void *)bpf_get_current_task();
	struct remit_endpoint local = {};
	struct remit_subject subject;

	if (!stamp) {
		remit_count_fault(); /* its first packet finds it without a stamp, and judges it then */
		return;
	}
	subject = remit_join(stamp->session, stamp->slot, remit_slot_of_sock(remit_sock_of(sk)));
	if (!subject.session || stamp->state == REMIT_STAMP_LISTENS)
		return;
	remit_read_local(remit_sock_of(sk), &local);
	remit_listener_found(&subject, stamp, &local, ctx->family, BPF_CORE_READ(task, tgid));
}

/* A held connect repeats its first SYN after one jiffy; an accepted connection is stamped as such; a listener is judged where no LSM hook
 * did. */
REMIT_INLINE void remit_socket_event(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct remit_stamp *stamp;

	if (!sk)
		return;
	if (ctx->op == BPF_SOCK_OPS_TIMEOUT_INIT) {
		stamp = bpf_sk_storage_get(&sockets, sk, 0, 0);
		if (stamp && stamp->state == REMIT_STAMP_PENDING)
			ctx->reply = 1;
	} else if (ctx->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) {
		stamp = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
		if (!stamp) {
			remit_count_fault();
			return;
		}
		stamp->state = REMIT_STAMP_ACCEPTED;
		stamp->sent = 0; /* what the listener had gathered was cloned with its stamp */
		stamp->received = 0;
	} else if (ctx->op == BPF_SOCK_OPS_TCP_LISTEN_CB) {
		remit_listener_made(ctx, sk);
	}
}

#endif
