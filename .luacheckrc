std = "lua54"
max_line_length = 100
files["Scripts/**"] = { read_globals = { "help" } }
exclude_files = { "Stdlib/definitions" }
