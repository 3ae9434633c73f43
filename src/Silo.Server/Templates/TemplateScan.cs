using System.Text;
using Silo.Server.Intake;

namespace Silo.Server.Templates;

/// <summary>
/// Looks a part through before Handlebars.Net does, which has no bounds and takes more than SES documents (developer guide,
/// send-personalized-email-advanced): counts tags and how deep blocks are, refuses what is neither attribute nor known helper, names faults by
/// place, and spells each tag in the one way that the engine reads as meant. So the engine never sees a tag that this has not understood.
/// </summary>
internal sealed partial class TemplateScan
{
    /// <summary>Blocks inside each other; each further question of an <c>else if</c> counts as one.</summary>
    public const int MaxDepth = 50;

    /// <summary>Tags of a part; compiling takes about a millisecond for each.</summary>
    public const int MaxTags = 2_000;

    /// <summary>Blocks of a part; each is compiled for itself, which takes up to four milliseconds.</summary>
    public const int MaxBlocks = 500;

    /// <summary>Spaces and line ends in a row: the engine's time grows with their square.</summary>
    public const int MaxBlank = 500;

    private readonly string _template;
    private readonly string _member;
    private readonly StringBuilder _output = new();
    private readonly Stack<Block> _open = new();
    private readonly HashSet<string> _defined = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Name, int At)> _called = [];
    private RenderResult.Failed? _fault;
    private int _at;
    private int _textFrom;
    private int _depth;
    private int _tags;
    private int _blocks;

    private TemplateScan(string template, string member) => (_template, _member) = (template, member);

    /// <param name="template">One part; up to 500 Ki characters, so the caller.</param>
    /// <param name="member">How messages call the part.</param>
    public static (string Text, int Tags, int Blocks, RenderResult.Failed? Fault) Read(string template, string member)
    {
        var scan = new TemplateScan(template, member);
        while (scan.ReadText())
        {
            scan.ReadTag();
            if (scan._fault is not null) break;
        }

        if (scan._open.TryPeek(out var open)) scan.Fail(open.At, $"opens the block '{Shown(open.Name)}', which nothing ends");
        foreach (var (name, at) in scan._called)
            if (!scan._defined.Contains(name)) scan.Fail(at, $"uses the partial '{Shown(name)}', which this part does not define");
        return (scan._output.ToString(), scan._tags, scan._blocks, scan._fault);
    }

    /// <summary>Copies the text up to the next tag; false when there is none.</summary>
    private bool ReadText()
    {
        // The engine takes braces behind a tag for its end.
        for (; _output.Length > 0 && Peek == '}' && _fault is null; _at++) Write($"{{{{{{@{TemplateEngine.Brace}}}}}}}", _at);
        _textFrom = _output.Length;
        while (_fault is null)
        {
            var open = _template.IndexOf("{{", _at, StringComparison.Ordinal);
            CopyText(open < 0 ? _template.Length : open);
            if (open < 0) break;

            // A backslash makes text of a tag; two of them are one.
            var slashes = 0;
            while (slashes < _output.Length - _textFrom && _output[^(slashes + 1)] == '\\') slashes++;
            if (slashes % 2 == 0) return _fault is null;
            CopyText(open + 2);
        }

        return false;
    }

    private void CopyText(int to)
    {
        var blank = 0;
        for (var i = _at; i < to; i++)
        {
            blank = char.IsWhiteSpace(_template[i]) ? blank + 1 : 0;
            if (blank <= MaxBlank) continue;
            Fail(i, $"is the end of more than {MaxBlank} spaces and line ends in a row");
            return;
        }

        _output.Append(_template, _at, to - _at);
        _at = to;
    }

    /// <summary>Puts a tag behind the text.</summary>
    private void Write(string tag, int at)
    {
        if (++_tags > MaxTags) Fail(at, $"is one more than the {MaxTags} tags that a part may have");
        _output.Append(tag);
    }

    /// <param name="written">What it is to the engine, if that is something else.</param>
    /// <param name="names">What its body calls the item and its key.</param>
    private void Open(string name, int at, string? written = null, IReadOnlyList<string>? names = null)
    {
        if (++_depth > MaxDepth) Fail(at, $"is more than {MaxDepth} blocks deep");
        CountBlock(at);
        _open.Push(new Block(name, written ?? name, at) { Names = names ?? [] });
    }

    private void CountBlock(int at)
    {
        if (++_blocks > MaxBlocks) Fail(at, $"is one more than the {MaxBlocks} blocks that a part may have");
    }

    // Only the first fault counts; behind it nothing is read.
    private void Fail(int at, string problem) =>
        _fault ??= new RenderResult.Failed(RenderFault.Template, _member, $"What {_member} has at character {at + 1} {problem}.");

    private static string Shown(string text) => text.Length <= 100 ? text : $"{text[..100]}…";

    private sealed record Block(string Name, string Written, int At)
    {
        /// <summary>How deep it goes: one, and one more for each further question.</summary>
        public int Depth { get; set; } = 1;

        public bool HasElse { get; set; }

        public IReadOnlyList<string> Names { get; set; } = [];

        /// <summary>What the engine takes the next else for a part of.</summary>
        public string Asks { get; set; } = Written;

        /// <summary>What ends it, as the engine knows it.</summary>
        public string Closing { get; set; } = $"{{{{/{Written}}}}}";
    }
}
