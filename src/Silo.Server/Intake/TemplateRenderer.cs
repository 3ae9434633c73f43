using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Silo.Core.Messages;

namespace Silo.Server.Intake;

/// <summary>
/// Renders inline templates (SES TemplateContent), which know plain substitution only: <c>{{name}}</c> and <c>{{a.b}}</c> as Handlebars
/// has them, escaped in HTML and nowhere else, and <c>{{{name}}}</c> unescaped. One pass over the text without compiling anything:
/// inline templates come with each request, so that a compiler would be the sender's to keep busy.
/// </summary>
internal static class TemplateRenderer
{
    /// <summary>Characters of TemplateData.</summary>
    public const int MaxDataCharacters = 262_144;

    /// <summary>Characters of a template's three parts together (SES: 500 KB).</summary>
    public const int MaxTemplateCharacters = 500 * 1_024;

    /// <summary>Characters of the three results together.</summary>
    public const int MaxResultCharacters = MessageLimits.MaxMessageBytes;

    private const int MaxDataDepth = 32;

    /// <summary>Renders the parts that are there; the first fault is the answer, in the order subject, text, HTML.</summary>
    /// <param name="subject">Not escaped.</param>
    /// <param name="text">Not escaped.</param>
    /// <param name="html">Substituted text is escaped.</param>
    /// <param name="templateDataJson">A JSON object; null and empty stand for one without members.</param>
    public static RenderResult Render(string? subject, string? text, string? html, string? templateDataJson)
    {
        if ((subject?.Length ?? 0) + (long)(text?.Length ?? 0) + (html?.Length ?? 0) > MaxTemplateCharacters)
        {
            return new RenderResult.Failed(RenderFault.Template, "TemplateContent",
                $"TemplateContent has more than {MaxTemplateCharacters} characters.");
        }

        if (templateDataJson?.Length > MaxDataCharacters)
        {
            return new RenderResult.Failed(RenderFault.Data, "TemplateData", $"TemplateData has more than {MaxDataCharacters} characters.");
        }

        using var document = ParseData(string.IsNullOrEmpty(templateDataJson) ? "{}" : templateDataJson);
        if (document is null || document.RootElement.ValueKind != JsonValueKind.Object)
        {
            return new RenderResult.Failed(RenderFault.Data, "TemplateData", "TemplateData is not a JSON object.");
        }

        var data = new TemplateData(document.RootElement);
        var budget = MaxResultCharacters;
        var fault = RenderPart("TemplateContent.Subject", subject, data, false, ref budget, out var renderedSubject)
            ?? RenderPart("TemplateContent.Text", text, data, false, ref budget, out text)
            ?? RenderPart("TemplateContent.Html", html, data, true, ref budget, out html);
        return fault ?? (RenderResult)new RenderResult.Rendered(renderedSubject, text, html);
    }

    private static RenderResult.Failed? RenderPart(
        string member, string? template, TemplateData data, bool escape, ref int budget, out string? result)
    {
        result = template;
        if (template is null || !template.Contains("{{", StringComparison.Ordinal)) return null;
        var output = new StringBuilder(template.Length + 256);
        for (var position = 0; ;)
        {
            var step = PlainTemplate.Next(template, ref position, out var literal, out var placeholder);
            output.Append(literal);
            switch (step)
            {
                case PlainTemplate.Step.Broken:
                    return new RenderResult.Failed(RenderFault.Template, member,
                        $"{member} has at character {position + 1} what is no plain substitution such as {{{{name}}}}.");
                case PlainTemplate.Step.Placeholder:
                    var value = data.Find(placeholder.Path, out var text);
                    if (value is TemplateData.Value.Missing && placeholder.OfService is { } ofService) text = ofService;
                    else if (TemplateData.FaultOf(value, placeholder.Path) is { } fault) return fault;
                    if (escape && !placeholder.IsRaw && value == TemplateData.Value.Text) TemplateData.AppendEscaped(output, text);
                    else output.Append(text);
                    break;
                case PlainTemplate.Step.End:
                    budget -= output.Length;
                    result = output.ToString();
                    return null;
                default:
                    throw new UnreachableException();
            }

            if (output.Length > budget)
            {
                return new RenderResult.Failed(RenderFault.TooLarge, member, $"{member} renders to more than a message may hold.");
            }
        }
    }

    private static JsonDocument? ParseData(string json)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDataDepth });
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return null; // ArgumentException: half a surrogate pair.
        }
    }
}
