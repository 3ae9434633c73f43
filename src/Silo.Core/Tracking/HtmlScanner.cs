namespace Silo.Core.Tracking;

/// <summary>
/// Walks over the tags of an HTML text as browsers do (WHATWG HTML 13.2.5, as far as it decides where a tag is): comments, declarations and
/// the text of scripts and styles hold none. Tolerates anything; each character is looked at a bounded number of times.
/// </summary>
internal ref struct HtmlScanner(ReadOnlySpan<char> html)
{
    private static readonly string[] RawText = ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];

    private readonly ReadOnlySpan<char> _html = html;
    private int _position;

    /// <summary>Where the tag begins that was found last.</summary>
    public int TagStart { get; private set; }

    public bool IsEndTag { get; private set; }

    /// <summary>As written.</summary>
    public Range Name { get; private set; }

    /// <summary>The attributes of the tag, in their order.</summary>
    public List<HtmlAttribute> Attributes { get; } = [];

    /// <summary>Goes on to the next whole tag; false at the end.</summary>
    public bool Next()
    {
        while (_position < _html.Length)
        {
            var found = _html[_position..].IndexOf('<');
            if (found < 0) break;
            var start = _position + found;
            var rest = _html[(start + 1)..];
            if (rest.StartsWith("!--")) _position = EndOfComment(start + 4);
            else if (rest is ['!' or '?', ..]) _position = Behind(start + 2, ">");
            else if (rest is ['/', var letter, ..] && char.IsAsciiLetter(letter)) return ReadTag(start, start + 2, isEnd: true) || Next();
            else if (rest is ['/', ..]) _position = Behind(start + 2, ">");
            else if (rest.Length > 0 && char.IsAsciiLetter(rest[0])) return ReadTag(start, start + 1, isEnd: false) || Next();
            else _position = start + 1;
        }

        return false;
    }

    public readonly bool Is(string name) => _html[Name].Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\f' or '\r';

    /// <summary>False, at the end of the text, for a tag that is not finished.</summary>
    private bool ReadTag(int start, int nameStart, bool isEnd)
    {
        Attributes.Clear();
        (TagStart, IsEndTag) = (start, isEnd);
        var at = nameStart;
        while (at < _html.Length && !IsSpace(_html[at]) && _html[at] is not ('/' or '>')) at++;
        Name = nameStart..at;
        while (true)
        {
            while (at < _html.Length && (IsSpace(_html[at]) || _html[at] == '/')) at++;
            if (at >= _html.Length) return End();
            if (_html[at] == '>') break;
            if (ReadAttribute(ref at) is not { } attribute) return End();
            Attributes.Add(attribute);
        }

        _position = at + 1;
        if (!isEnd) SkipRawText();
        return true;
    }

    private bool End()
    {
        _position = _html.Length;
        return false;
    }

    private readonly HtmlAttribute? ReadAttribute(ref int at)
    {
        var start = at++;
        while (at < _html.Length && !IsSpace(_html[at]) && _html[at] is not ('/' or '>' or '=')) at++;
        var (name, end) = (start..at, at);
        while (at < _html.Length && IsSpace(_html[at])) at++;
        if (at >= _html.Length) return null;
        if (_html[at] != '=')
        {
            at = end;
            return new HtmlAttribute(name, end..end, end);
        }

        at++;
        while (at < _html.Length && IsSpace(_html[at])) at++;
        if (at >= _html.Length) return null;
        var valueStart = at;
        if (_html[at] is '"' or '\'')
        {
            var length = _html[(at + 1)..].IndexOf(_html[at]);
            if (length < 0) return null;
            at += length + 2;
            return new HtmlAttribute(name, (valueStart + 1)..(at - 1), at);
        }

        while (at < _html.Length && !IsSpace(_html[at]) && _html[at] != '>') at++;
        return new HtmlAttribute(name, valueStart..at, at);
    }

    /// <summary>What stands in a script or a style is no tag, whatever it looks like.</summary>
    private void SkipRawText()
    {
        if (Is("plaintext")) _position = _html.Length;
        foreach (var name in RawText)
        {
            if (!Is(name)) continue;
            for (var at = _position; ;)
            {
                var found = _html[at..].IndexOf($"</{name}", StringComparison.OrdinalIgnoreCase);
                if (found < 0)
                {
                    _position = _html.Length;
                    return;
                }

                at += found;
                var behind = at + name.Length + 2;
                if (behind >= _html.Length || IsSpace(_html[behind]) || _html[behind] is '/' or '>')
                {
                    _position = at;
                    return;
                }

                at = behind;
            }
        }
    }

    private readonly int EndOfComment(int start)
    {
        var rest = _html[start..];
        if (rest.StartsWith(">")) return start + 1;
        if (rest.StartsWith("->")) return start + 2;
        // One search for both ends: one for each would go to the end of the text for every comment.
        while (rest.IndexOf("--") is >= 0 and var found)
        {
            rest = rest[(found + 1)..];
            if (rest.StartsWith("->")) return _html.Length - rest.Length + 2;
            if (rest.StartsWith("-!>")) return _html.Length - rest.Length + 3;
        }

        return _html.Length;
    }

    private readonly int Behind(int start, string end)
    {
        if (start >= _html.Length) return _html.Length;
        var found = _html[start..].IndexOf(end);
        return found < 0 ? _html.Length : start + found + end.Length;
    }
}

/// <param name="Value">Without its quotes; empty for an attribute without one.</param>
/// <param name="End">Behind the value and its quote.</param>
internal readonly record struct HtmlAttribute(Range Name, Range Value, int End);
