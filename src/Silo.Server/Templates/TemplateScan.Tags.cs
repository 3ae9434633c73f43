namespace Silo.Server.Templates;

internal sealed partial class TemplateScan
{
    private const string OpenTrackerName = "ses:openTracker";

    /// <summary>Reads the tag that begins here and writes it as the engine shall see it.</summary>
    private void ReadTag()
    {
        var open = _at;
        _at += 2;
        if (Starts("{{"))
        {
            Fail(open, "is a raw block, which is not supported");
            return;
        }

        if (Take('~')) TrimText(open);
        switch (Peek)
        {
            case '!':
                ReadComment(open);
                break;
            case '#':
                ReadOpening(open);
                break;
            case '^':
                ReadInverse(open);
                break;
            case '/':
                ReadClosing(open);
                break;
            case '>':
                ReadPartial(open);
                break;
            case '{' or '&':
                ReadOutput(open, isRaw: true);
                break;
            default:
                SkipBlank();
                if (StartsWord("else")) ReadElse(open);
                else ReadOutput(open, isRaw: false);
                break;
        }
    }

    private void TrimText(int open)
    {
        var length = _output.Length;
        while (length > _textFrom && char.IsWhiteSpace(_output[length - 1])) length--;
        _output.Length = length;
        if (length > _textFrom && _output[length - 1] is '{' or '\\')
            Fail(open, "takes away the blanks behind a brace or a backslash, which is not supported");
    }

    private void ReadComment(int open)
    {
        var isLong = Starts("!--");
        var end = _template.IndexOf(isLong ? "--" : "}}", _at + (isLong ? 3 : 1), StringComparison.Ordinal);
        while (isLong && end >= 0 && string.CompareOrdinal(_template, end, "--}}", 0, 4) != 0
            && string.CompareOrdinal(_template, end, "--~}}", 0, 5) != 0)
        {
            end = _template.IndexOf("--", end + 1, StringComparison.Ordinal);
        }

        if (end < 0)
        {
            Fail(open, "is a comment without an end");
            return;
        }

        var trims = isLong ? _template[end + 2] == '~' : _template[end - 1] == '~' && end - 1 > _at;
        _at = end + (isLong ? trims ? 5 : 4 : 2);
        if (trims) SkipBlank();
        Write("{{!}}", open);
    }

    private void ReadOpening(int open)
    {
        _at++;
        if (Take('>'))
        {
            Fail(open, "is a partial with a block, which is not supported");
            return;
        }

        if (Take('*'))
        {
            ReadInline(open);
            return;
        }

        SkipBlank();
        var (name, text, names) = ReadQuestion(open);
        Open(name, open, names: names);
        End(open, $"{{{{#{text}}}}}");
    }

    /// <summary>What a block, or a further question of it, is about, as the engine reads it.</summary>
    private (string Name, string Text, IReadOnlyList<string> Names) ReadQuestion(int open)
    {
        var name = ReadPath() ?? "";
        SkipBlank();
        if (name is not ("if" or "unless" or "each" or "with"))
        {
            if (!AtEnd) Fail(open, $"uses the helper '{Shown(name)}', which does not exist");
            else if (!IsSection(name)) Fail(open, "names no block");
            return (name, name, []);
        }

        if (AtEnd) Fail(open, $"says not what '{name}' is about");
        var argument = ReadArgument(0);
        if (argument is null) Fail(open, "has an argument that is none");
        var names = name is "each" or "with" ? ReadNames() : [];
        if (names is null) Fail(open, "has names that are none: as |item key| is the form");
        return names is null or [] ? (name, $"{name} {argument}", [])
            : (name, $"{name} {argument} as |{string.Join(' ', names.Select((_, i) => AliasOf(_depth + 1, i)))}|", names);
    }

    // The engine takes these names for its own in any case of letters.
    private static bool IsSection(string name) =>
        name.Length > 0 && name[0] != '@' && name.ToUpperInvariant() is not (
            "IF" or "UNLESS" or "EACH" or "WITH" or "ELSE" or "THIS" or "LOOKUP" or "HELPERMISSING" or "BLOCKHELPERMISSING");

    private void ReadInverse(int open)
    {
        _at++;
        SkipBlank();
        if (AtEnd)
        {
            Otherwise(open, null);
            return;
        }

        if (ReadPath() is not { } name || !IsSection(name))
        {
            Fail(open, "names no block");
            return;
        }

        // The engine knows this of names without dots only; it means the same.
        Open(name, open, "unless");
        End(open, $"{{{{#unless {name}}}}}");
    }

    private void ReadElse(int open)
    {
        _at += "else".Length;
        SkipBlank();
        if (AtEnd) Otherwise(open, null);
        else Otherwise(open, ReadQuestion(open));
    }

    private void Otherwise(int open, (string Name, string Text, IReadOnlyList<string> Names)? question)
    {
        if (!_open.TryPeek(out var block) || block.Name == "inline")
        {
            Fail(open, "is an else outside of a block");
            return;
        }

        if (block.HasElse) Fail(open, "is a second else of the same block");
        block.HasElse = question is null;
        block.Names = [];
        if (question is not { } asked)
        {
            End(open, "{{else}}");
            return;
        }

        block.Depth++;
        if (++_depth > MaxDepth) Fail(open, $"is more than {MaxDepth} blocks deep");
        CountBlock(open);

        // The engine takes every further question of an if for an if.
        if (block.Asks is "if" or "unless" && asked.Name is "if" or "unless")
        {
            var condition = asked.Text[(asked.Name.Length + 1)..];
            End(open, asked.Name == "if" ? $"{{{{else if {condition}}}}}" : $"{{{{else if ({TemplateEngine.Not} {condition})}}}}");
            return;
        }

        (block.Asks, block.Names) = (asked.Name, asked.Names);
        block.Closing = $"{{{{/{asked.Name}}}}}{block.Closing}";
        EndAlone(open, $"{{{{else}}}}{{{{#{asked.Text}}}}}");
    }

    private void ReadClosing(int open)
    {
        _at++;
        SkipBlank();
        if (ReadPath() is not { } name)
        {
            Fail(open, "ends no block");
            return;
        }

        if (!_open.TryPop(out var block))
        {
            Fail(open, $"ends the block '{Shown(name)}', which is not open");
            return;
        }

        if (block.Name != name) Fail(open, $"ends the block '{Shown(name)}' where '{Shown(block.Name)}' is open");
        _depth -= block.Depth;
        if (block.Depth > 1) EndAlone(open, block.Closing);
        else End(open, block.Closing);
    }

    private void ReadOutput(int open, bool isRaw)
    {
        var isTriple = isRaw && Peek == '{';
        if (isRaw) _at++;
        SkipBlank();
        var isLookup = StartsWord("lookup");
        var value = isLookup ? ReadLookup(0) : ReadOpenTracker() ?? ReadPath();
        if (value is null || IsLiteral(value)) Fail(open, isLookup ? "is a lookup without two arguments" : "is no attribute");
        else if (value is "if" or "unless" or "each" or "with") Fail(open, $"is '{value}' without the # of a block");
        SkipBlank();
        if (isTriple && !Take('}')) Fail(open, "does not end with three braces, or uses a helper that does not exist");
        End(open, isRaw ? $"{{{{{{{value}}}}}}}" : $"{{{{{value}}}}}");
    }

    /// <summary>The one name with a colon; the engine takes it in brackets.</summary>
    private string? ReadOpenTracker()
    {
        if (!StartsWord(OpenTrackerName)) return null;
        _at += OpenTrackerName.Length;
        return $"[{OpenTrackerName}]";
    }

    /// <summary>Reads the end of a tag and writes it all.</summary>
    private void End(int open, string tag)
    {
        ReadEnd(open);
        Write(tag, open);
    }

    private void ReadEnd(int open)
    {
        SkipBlank();
        var trims = Take('~');
        if (!Starts("}}")) Fail(open, "does not end with two braces, or uses a helper that does not exist");
        _at = Math.Min(_at + 2, _template.Length);
        if (trims) SkipBlank();
    }
}
