"""The house's own rules, held by `make check`: small searches over the source, each shown to find what it bans."""
