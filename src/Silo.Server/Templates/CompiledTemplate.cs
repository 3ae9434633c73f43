using System.Text.Json;
using HandlebarsDotNet;
using Silo.Server.Intake;

namespace Silo.Server.Templates;

/// <summary>
/// A stored template, compiled once (by Handlebars.Net to expression trees: milliseconds, see <see cref="TemplateScan.MaxTags"/>) and
/// rendered by many sends, also at the same time.
/// </summary>
internal sealed class CompiledTemplate
{
    private const int MaxDataDepth = 32;

    private readonly Part? _subject;
    private readonly Part? _text;
    private readonly Part? _html;
    private RenderResult.Failed? _broken;

    private CompiledTemplate(Part? subject, Part? text, Part? html) => (_subject, _text, _html) = (subject, text, html);

    /// <summary>A template that an earlier release took and this one does not: each use is answered with the fault.</summary>
    public static CompiledTemplate Broken(RenderResult.Failed fault) => new(null, null, null) { _broken = fault };

    /// <summary>About the bytes of memory that it takes.</summary>
    public long Cost => CostOf(_subject) + CostOf(_text) + CostOf(_html);

    /// <summary>The template ready to use, or the first fault of its syntax, in the order subject, text, HTML.</summary>
    public static (CompiledTemplate? Template, RenderResult.Failed? Fault) Compile(string? subject, string? text, string? html)
    {
        if ((subject?.Length ?? 0) + (long)(text?.Length ?? 0) + (html?.Length ?? 0) > TemplateRenderer.MaxTemplateCharacters)
        {
            return (null, new RenderResult.Failed(RenderFault.Template, "TemplateContent",
                $"TemplateContent has more than {TemplateRenderer.MaxTemplateCharacters} characters."));
        }

        RenderResult.Failed? fault = null;
        var template = new CompiledTemplate(
            Read(subject, "TemplateContent.Subject", false), Read(text, "TemplateContent.Text", false), Read(html, "TemplateContent.Html", true));
        return fault is null ? (template, null) : (null, fault);

        Part? Read(string? part, string member, bool escapes)
        {
            if (part is null || fault is not null) return null;
            (var read, fault) = CompilePart(part, member, escapes);
            return read;
        }
    }

    /// <summary>Fills the template in; the first fault is the answer, in the order subject, text, HTML.</summary>
    /// <param name="dataJson">A JSON object of up to 262,144 characters; null and empty stand for one without members.</param>
    public RenderResult Render(string? dataJson)
    {
        if (_broken is not null) return _broken;
        if (dataJson?.Length > TemplateRenderer.MaxDataCharacters)
        {
            return new RenderResult.Failed(RenderFault.Data, "TemplateData",
                $"TemplateData has more than {TemplateRenderer.MaxDataCharacters} characters.");
        }

        using var run = new TemplateRun();
        if (Data(string.IsNullOrEmpty(dataJson) ? "{}" : dataJson, run) is not { } data)
            return new RenderResult.Failed(RenderFault.Data, "TemplateData", "TemplateData is not a JSON object.");
        try
        {
            return new RenderResult.Rendered(Fill(_subject), Fill(_text), Fill(_html));
        }
        catch (TemplateStop stop)
        {
            return new RenderResult.Failed(
                stop.Fault, stop.Fault is RenderFault.MissingAttribute or RenderFault.Data ? "TemplateData" : run.Member, stop.Message);
        }
        catch (HandlebarsRuntimeException)
        {
            // All else that the engine could complain of is refused by the scan.
            return new RenderResult.Failed(
                RenderFault.TooMuchWork, run.Member, $"{run.Member} has more than {TemplateEngine.MaxPartialDepth} partials inside each other.");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The engine is not the sender's: what it breaks at is said in words of our own.
            return new RenderResult.Failed(RenderFault.Template, run.Member, $"{run.Member} cannot be rendered with this data.");
        }

        string? Fill(Part? part)
        {
            if (part is null) return null;
            run.Begin(part.Member, part.Tags);
            part.Template(run, data, TemplateEngine.DataOf(run));
            return run.End();
        }
    }

    private static (Part? Part, RenderResult.Failed? Fault) CompilePart(string part, string member, bool escapes)
    {
        var scan = TemplateScan.Read(part, member);
        if (scan.Fault is not null) return (null, scan.Fault);
        try
        {
            return (new Part(member, TemplateEngine.Compile(scan.Text, escapes), scan.Tags, scan.Blocks, scan.Text.Length), null);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return (null, new RenderResult.Failed(RenderFault.Template, member, $"{member} is not a template that can be read."));
        }
    }

    private static TemplateObject? Data(string json, TemplateRun run)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDataDepth });
            return TemplateValue.Of(document.RootElement, run, "") as TemplateObject;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return null; // ArgumentException: half a surrogate pair.
        }
    }

    private static long CostOf(Part? part) =>
        part is null ? 0 : Part.Bytes + (part.Tags * Part.BytesPerTag) + (part.Blocks * Part.BytesPerBlock) + (2L * part.Characters);

    // Measured on .NET 10 with parts of 100 to 4,000 tags: 30 KB for an empty part, up to 1.2 KB for a tag and 4.3 KB for a block, and
    // something on top for their machine code, which the measurement did not see.
    private sealed record Part(string Member, HandlebarsTemplate<TextWriter, object, object> Template, int Tags, int Blocks, int Characters)
    {
        public const long Bytes = 40_000;
        public const long BytesPerTag = 2_000;
        public const long BytesPerBlock = 5_000;
    }
}
