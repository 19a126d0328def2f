// Columns and colours of the command line. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace remit::cli {

inline constexpr const char* kRed = "\033[31m";
inline constexpr const char* kGreen = "\033[32m";
inline constexpr const char* kYellow = "\033[33m";
inline constexpr const char* kBold = "\033[1m";
inline constexpr const char* kDim = "\033[2m";

// text in a colour, or as it is.
std::string paint(std::string_view text, const char* colour, bool on);
// Filled with spaces up to width, counted in characters; longer text stays whole.
std::string pad(std::string_view text, size_t width);
// Characters of UTF-8 text.
size_t width_of(std::string_view text);

// Aligned columns, two spaces between them, headers in capitals; cells are made safe for terminals. Without headers: no header line.
class Table {
public:
    explicit Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}
    void add(std::vector<std::string> row);
    // Colour of the last added row's nth cell.
    void tint(size_t column, const char* colour);
    std::string to_text(bool colour) const;

private:
    struct Cell {
        std::string text;
        const char* colour = nullptr;
    };
    std::vector<std::string> headers_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace remit::cli
