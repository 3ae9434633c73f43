using System.Text.Json;
using Silo.Server.Intake;

namespace Silo.Server.Templates;

/// <summary>A stored template, read once and rendered by many sends, also at the same time.</summary>
internal sealed class CompiledTemplate
{
    private const int MaxDataDepth = 32;
    private const int BytesPerNode = 200;

    private readonly TemplateBody? _subject;
    private readonly TemplateBody? _text;
    private readonly TemplateBody? _html;
    private RenderResult.Failed? _broken;

    private CompiledTemplate(TemplateBody? subject, TemplateBody? text, TemplateBody? html, long cost) =>
        (_subject, _text, _html, Cost) = (subject, text, html, cost);

    /// <summary>A template that an earlier release took and this one does not: each use is answered with the fault.</summary>
    public static CompiledTemplate Broken(RenderResult.Failed fault) => new(null, null, null, 0) { _broken = fault };

    /// <summary>About the bytes of memory that it takes.</summary>
    public long Cost { get; }

    /// <summary>The template ready to use, or the first fault of its syntax, in the order subject, text, HTML.</summary>
    public static (CompiledTemplate? Template, RenderResult.Failed? Fault) Compile(string? subject, string? text, string? html)
    {
        var characters = (subject?.Length ?? 0) + (long)(text?.Length ?? 0) + (html?.Length ?? 0);
        if (characters > TemplateRenderer.MaxTemplateCharacters)
        {
            return (null, new RenderResult.Failed(RenderFault.Template, "TemplateContent",
                $"TemplateContent has more than {TemplateRenderer.MaxTemplateCharacters} characters."));
        }

        var cost = 2 * characters;
        RenderResult.Failed? fault = null;
        var template = new CompiledTemplate(
            Part(subject, "TemplateContent.Subject"), Part(text, "TemplateContent.Text"), Part(html, "TemplateContent.Html"), cost);
        return fault is null ? (template, null) : (null, fault);

        TemplateBody? Part(string? part, string member)
        {
            if (part is null || fault is not null) return null;
            (var body, fault) = TemplateParser.Parse(part, member, out var nodes);
            cost += (long)nodes * BytesPerNode;
            return body;
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

        if (Read(string.IsNullOrEmpty(dataJson) ? "{}" : dataJson) is not { } data)
            return new RenderResult.Failed(RenderFault.Data, "TemplateData", "TemplateData is not a JSON object.");
        var run = new TemplateRun(data);
        RenderResult.Failed? fault = null;
        var result = new RenderResult.Rendered(
            Part(_subject, "TemplateContent.Subject", false), Part(_text, "TemplateContent.Text", false), Part(_html, "TemplateContent.Html", true));
        return fault ?? (RenderResult)result;

        string? Part(TemplateBody? body, string member, bool escapes)
        {
            if (body is null || fault is not null) return null;
            (var text, fault) = run.Render(body, member, escapes);
            return text;
        }
    }

    private static TemplateObject? Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDataDepth });
            return TemplateValue.Of(document.RootElement) as TemplateObject;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return null; // ArgumentException: half a surrogate pair.
        }
    }
}
