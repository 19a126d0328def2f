#include "cli/table.h"

#include <algorithm>

#include "base/text.h"

namespace remit::cli {

std::string paint(std::string_view text, const char* colour, bool on) {
    if (!on || text.empty()) return std::string(text);
    return colour + std::string(text) + "\033[0m";
}

size_t width_of(std::string_view text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

std::string pad(std::string_view text, size_t width) {
    size_t wide = width_of(text);
    return std::string(text) + std::string(wide < width ? width - wide : 0, ' ');
}

void Table::add(std::vector<std::string> row) {
    std::vector<Cell> cells;
    cells.reserve(row.size());
    for (const std::string& text : row) cells.push_back({printable(text), nullptr});
    rows_.push_back(std::move(cells));
}

void Table::tint(size_t column, const char* colour) {
    if (!rows_.empty() && column < rows_.back().size()) rows_.back()[column].colour = colour;
}

std::string Table::to_text(bool colour) const {
    std::vector<size_t> widths;
    auto fit = [&](size_t column, std::string_view text) {
        if (column >= widths.size()) widths.resize(column + 1);
        widths[column] = std::max(widths[column], width_of(text));
    };
    for (size_t i = 0; i < headers_.size(); i++) fit(i, headers_[i]);
    for (const auto& row : rows_)
        for (size_t i = 0; i < row.size(); i++) fit(i, row[i].text);

    std::string out;
    auto append = [&](size_t column, size_t columns, std::string_view text, const char* tint) {
        std::string cell = column + 1 < columns ? pad(text, widths[column]) : std::string(text);
        out += tint ? paint(cell, tint, colour) : cell;
        if (column + 1 < columns) out += "  ";
    };
    auto end_line = [&] {
        out.erase(out.find_last_not_of(' ') + 1);
        out += '\n';
    };
    for (size_t i = 0; i < headers_.size(); i++) append(i, headers_.size(), headers_[i], kBold);
    if (!headers_.empty()) end_line();
    for (const auto& row : rows_) {
        for (size_t i = 0; i < row.size(); i++) append(i, row.size(), row[i].text, row[i].colour);
        end_line();
    }
    return out;
}

}  // namespace remit::cli
