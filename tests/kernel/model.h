// Who may do what, in plain C++ and nothing of the kernel side: sessions, tasks and sockets as the design has them, and what must come of
// each act. Where the tiers differ, the model says by which.
#pragma once

#include <array>
#include <vector>

#include "kernel/hands.h"

namespace remit::test {

inline constexpr int kNone = -1;
inline constexpr int kSessions = 3;
inline constexpr int kEndpoints = 6;
inline constexpr int kPrograms = 4;

struct SessionModel {
    bool stands = true;
    bool audit = false;
    std::array<bool, kEndpoints> endpoints{};  // granted, and no deny names it
    std::array<bool, kPrograms> programs{};

    bool may_reach(int endpoint) const { return stands && (audit || endpoints[static_cast<size_t>(endpoint)]); }
    bool may_run(int program) const { return stands && (audit || programs[static_cast<size_t>(program)]); }
};

struct SocketModel {
    int made_in = kNone;  // the session whose cgroup it was made in
    int type = 0;
    int family = 0;
    int peer = kNone;  // the endpoint that it is connected to
    // The endpoint that a torn task was refused last on it: the socket carries the refusal until its next judged call or generation.
    int stain = kNone;
};

struct TaskModel {
    bool alive = false;
    int tag = kNone;                // a session
    int cgroup = kNone;             // a session's, or none
    std::array<int, kHeld> held{};  // sockets, or kNone

    // Tag and cgroup name two sessions: nothing passes.
    bool torn() const { return tag != kNone && cgroup != kNone && tag != cgroup; }
    // In the session by its tag alone.
    bool outside() const { return tag != kNone && cgroup == kNone; }
    int session() const { return tag != kNone ? tag : cgroup; }
};

struct Model {
    bool lsm = false;
    std::array<SessionModel, kSessions> sessions;
    std::array<TaskModel, kHands> tasks;
    std::vector<SocketModel> sockets;

    const SessionModel& at(int session) const { return sessions[static_cast<size_t>(session)]; }

    bool may_run(const TaskModel& task, int program) const {
        return task.session() == kNone || (!task.torn() && at(task.session()).may_run(program));
    }
    // A task that is in its session by its tag alone makes no socket: no packet program of the session would see it.
    static bool may_make(const TaskModel& task) { return !task.outside(); }
    // A socket that is passed in: the base tier has no hook there, and what is made of it is judged when it is used.
    bool may_take(const TaskModel& task, const SocketModel& socket) const {
        return !lsm || task.session() == kNone || socket.made_in == task.session() || at(task.session()).audit;
    }
    // A call that names the endpoint: connect, sendto.
    bool may_call(const TaskModel& task, const SocketModel& socket, int endpoint) const {
        if (task.session() == kNone) return true;
        return !task.torn() && socket.made_in == task.session() && at(task.session()).may_reach(endpoint);
    }
    // Whoever is in no session takes the socket of a call out of the one it came from, and its stain with it (LSM tier).
    bool takes_out(const TaskModel& task) const { return lsm && task.session() == kNone; }
    // The packet: by the session in whose cgroup the socket was made, whoever sends; a call that was judged just now takes a stain away.
    bool may_pass(const TaskModel& task, const SocketModel& socket, int endpoint) const {
        const bool judged = takes_out(task) || (!task.torn() && task.session() == socket.made_in);
        return socket.made_in == kNone || (at(socket.made_in).may_reach(endpoint) && (judged || socket.stain != endpoint));
    }
    // send without an address: no cgroup program sees it, so that the base tier has the packet only.
    bool may_send(const TaskModel& task, const SocketModel& socket) const {
        if (lsm && task.session() != kNone && socket.made_in != task.session()) return false;
        return socket.made_in == kNone || (at(socket.made_in).may_reach(socket.peer) && (takes_out(task) || socket.stain != socket.peer));
    }
};

}  // namespace remit::test
