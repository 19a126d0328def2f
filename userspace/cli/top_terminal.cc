#include "cli/top_terminal.h"

#include <ncurses.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <utility>

namespace remit::cli {
namespace {

constexpr short kGoodPair = 1, kWarnPair = 2, kBadPair = 3;

attr_t attributes_of(TopStyle style, bool colour) {
    switch (style) {
        case TopStyle::kDim:
            return A_DIM;
        case TopStyle::kBold:
            return A_BOLD;
        case TopStyle::kHeader:
            return A_REVERSE;
        case TopStyle::kGood:
            return colour ? COLOR_PAIR(kGoodPair) : A_NORMAL;
        case TopStyle::kWarn:
            return colour ? COLOR_PAIR(kWarnPair) : A_BOLD;
        case TopStyle::kBad:
            return colour ? COLOR_PAIR(kBadPair) : A_BOLD;
        case TopStyle::kPlain:
            break;
    }
    return A_NORMAL;
}

}  // namespace

Result<TopTerminal> TopTerminal::open(bool colour) {
    if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0)
        return Error{Code::kUsage, "top wants a terminal", "`remit top --json` prints what it would show, once"};
    std::setlocale(LC_CTYPE, "");
    SCREEN* screen = newterm(nullptr, stdout, stdin);
    if (!screen) return Error{Code::kUsage, "this terminal (TERM) is not known here", "set TERM, as to xterm-256color or vt100"};
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    curs_set(0);
    colour = colour && has_colors();
    if (colour) {
        start_color();
        use_default_colors();
        init_pair(kGoodPair, COLOR_GREEN, -1);
        init_pair(kWarnPair, COLOR_YELLOW, -1);
        init_pair(kBadPair, COLOR_RED, -1);
    }
    return TopTerminal(screen, colour);
}

TopTerminal::TopTerminal(TopTerminal&& other) noexcept : screen_(std::exchange(other.screen_, nullptr)), colour_(other.colour_) {}

TopTerminal::~TopTerminal() {
    if (!screen_) return;
    endwin();
    delscreen(static_cast<SCREEN*>(screen_));
}

size_t TopTerminal::width() const {
    return static_cast<size_t>(std::max(getmaxx(stdscr), 1));
}

size_t TopTerminal::height() const {
    return static_cast<size_t>(std::max(getmaxy(stdscr), 1));
}

void TopTerminal::paint(const std::vector<TopLine>& lines) {
    erase();
    for (size_t i = 0; i < lines.size(); i++) {
        move(static_cast<int>(i), 0);
        for (const TopSpan& span : lines[i]) {
            attrset(attributes_of(span.style, colour_));
            addstr(span.text.c_str());
        }
        // A header goes to the edge.
        if (!lines[i].empty() && lines[i].front().style == TopStyle::kHeader) chgat(-1, A_REVERSE, 0, nullptr);
    }
    attrset(A_NORMAL);
    refresh();
}

TopKey TopTerminal::wait(int milliseconds) {
    timeout(milliseconds);
    switch (getch()) {
        case 'q':
        case 'Q':
            return TopKey::kQuit;
        case KEY_UP:
        case 'k':
            return TopKey::kUp;
        case KEY_DOWN:
        case 'j':
            return TopKey::kDown;
        case KEY_PPAGE:
            return TopKey::kPageUp;
        case KEY_NPAGE:
            return TopKey::kPageDown;
        case KEY_RESIZE:
            return TopKey::kResized;
        default:
            return TopKey::kNone;
    }
}

}  // namespace remit::cli
