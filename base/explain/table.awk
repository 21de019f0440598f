# The texts of CODE.txt as rows of a C table: { [CODE] = { "rule", "examples" }, … }. The form of a text: README in this folder.

function quoted(s)
{
	gsub(/\\/, "\\\\&", s)
	gsub(/"/, "\\\"", s)
	gsub(/\?/, "\\?", s)
	return "\t\t\"" s "\\n\"\n"
}

function line(s)	# an example's line; blank ones are kept until another follows
{
	if (s == "") {
		blanks++
		return
	}
	for (; blanks > 0; blanks--)
		body = body quoted("")
	body = body quoted(s)
}

function close_part(    about)
{
	if (part == "breaks" || part == "mends") {
		about = part == "breaks" ? "This breaks it:" : "This mends it:"
		sub(/^ */, "", command)
		examples = examples quoted(about) quoted("") body
		if (command != "") {
			if (body != "")
				examples = examples quoted("")
			examples = examples quoted("    $ calcc " command)
		}
		examples = examples quoted("")
	} else if (part == "file") {
		examples = examples quoted("With the file " command ":") quoted("") body quoted("")
	} else if (part == "program") {
		examples = examples quoted("With the program:") quoted("") body quoted("")
	}
	blanks = 0
	body = ""
	command = ""
}

function close_text()
{
	if (code == "")
		return
	close_part()
	printf "\t[%s] = {\n%s\t\t\"\",\n%s\t\t\"\"\n\t},\n", code, rule, examples
}

FNR == 1 {
	close_text()
	code = FILENAME
	sub(/.*\//, "", code)
	sub(/\.txt$/, "", code)
	rule = examples = part = ""
	blanks = 0
}

/^--- / {
	if (part != "")
		close_part()
	body = ""
	blanks = 0
	part = $2
	sub(/:$/, "", part)
	command = $0
	sub(/^--- [a-z]+:? */, "", command)
	next
}

part == "" {
	for (; $0 != "" && blanks > 0; blanks--)
		rule = rule quoted("")
	if ($0 == "")
		blanks++
	else
		rule = rule quoted($0)
	next
}

{
	gsub(/\t/, "    ")
	line($0 == "" ? "" : "    " $0)
}

END { close_text() }
