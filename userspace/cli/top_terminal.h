// The terminal of `remit top`: the alternate screen while it lives, by ncurses. Used by top.cc.
#pragma once

#include "base/result.h"
#include "cli/top_screen.h"

namespace remit::cli {

enum class TopKey { kNone, kQuit, kUp, kDown, kPageUp, kPageDown, kResized };

class TopTerminal {
public:
    // Fails where stdin or stdout is no terminal, or TERM is none that is known.
    static Result<TopTerminal> open(bool colour);
    TopTerminal(TopTerminal&& other) noexcept;
    TopTerminal& operator=(TopTerminal&&) = delete;
    ~TopTerminal();  // gives the terminal back as it was

    size_t width() const;
    size_t height() const;
    void paint(const std::vector<TopLine>& lines);
    // Waits so long at most.
    TopKey wait(int milliseconds);

private:
    explicit TopTerminal(void* screen, bool colour) : screen_(screen), colour_(colour) {}

    void* screen_;  // of ncurses, whose header stays in one file
    bool colour_;
};

}  // namespace remit::cli
