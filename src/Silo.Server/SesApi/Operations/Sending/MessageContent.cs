using System.Text;
using System.Text.Json;
using Silo.Server.Accounts;
using Silo.Server.Intake;

namespace Silo.Server.SesApi.Operations.Sending;

/// <summary>Checks of the content of a send: simple, raw or from a template.</summary>
internal static class MessageContent
{
    private const int MaxTemplateDataLength = 262_144;
    private const int MaxTemplateNameLength = 64;
    private const int MaxCharsetLength = 40;

    public static SendContent? Check(EmailContent? content, Arns arns, MemberChecks checks)
    {
        if (!checks.Required(content, "Content")) return null;
        var given = Given(content!.Simple) + Given(content.Raw) + Given(content.Template);
        if (given != 1)
        {
            checks.Fail($"Content must have exactly one of Simple, Raw, Template, not {given}");
            return null;
        }

        return content switch
        {
            { Simple: { } simple } => Check(simple, checks),
            { Raw: { } raw } => Check(raw, checks),
            { Template: { } template } => Check(template, arns, checks),
            _ => null,
        };
    }

    private static RawContent Check(RawMessage raw, MemberChecks checks)
    {
        if (raw.Data is not { Length: > 0 }) checks.Fail("Content.Raw.Data is required");
        return new RawContent(raw.Data);
    }

    private static SimpleContent Check(SimpleMessage simple, MemberChecks checks)
    {
        var subject = CheckText(simple.Subject, "Content.Simple.Subject", isRequired: true, checks);
        if (subject?.Data.AsSpan().ContainsAny('\r', '\n', '\0') == true)
            checks.Fail("Content.Simple.Subject.Data must not contain line breaks");
        var body = simple.Body;
        if (checks.Required(body, "Content.Simple.Body") && body!.Text is null && body.Html is null)
            checks.Fail("Content.Simple.Body must have Text, Html or both");
        return new SimpleContent(
            subject ?? new SendText("", null), CheckText(body?.Text, "Content.Simple.Body.Text", isRequired: false, checks),
            CheckText(body?.Html, "Content.Simple.Body.Html", isRequired: false, checks),
            MessageHeaders.Check(simple.Headers, "Content.Simple.Headers", checks),
            MessageAttachments.Check(simple.Attachments, "Content.Simple.Attachments", checks));
    }

    private static TemplateContent Check(TemplateMessage template, Arns arns, MemberChecks checks)
    {
        const string path = "Content.Template";
        var given = Given(template.TemplateName) + Given(template.TemplateArn) + Given(template.TemplateContent);
        if (given != 1) checks.Fail($"{path} must have exactly one of TemplateName, TemplateArn, TemplateContent, not {given}");
        checks.Length(template.TemplateName, $"{path}.TemplateName", 1, MaxTemplateNameLength);
        if (template.TemplateArn is not null && !IsOwnTemplate(template.TemplateArn, arns))
            checks.Fail($"{path}.TemplateArn must be the ARN of a template of this account and Region");
        if (template.TemplateContent is { Subject: null, Text: null, Html: null }) checks.Fail($"{path}.TemplateContent must not be empty");
        checks.Length(template.TemplateData, $"{path}.TemplateData", 0, MaxTemplateDataLength);
        if (template.TemplateData is { Length: > 0 and <= MaxTemplateDataLength } data && !IsObject(data))
            checks.Fail($"{path}.TemplateData must be a JSON object");
        var inline = template.TemplateContent is { } t ? new InlineTemplate(t.Subject, t.Text, t.Html) : null;
        return new TemplateContent(
            template.TemplateName, template.TemplateArn, inline, template.TemplateData,
            MessageHeaders.Check(template.Headers, $"{path}.Headers", checks),
            MessageAttachments.Check(template.Attachments, $"{path}.Attachments", checks));
    }

    private static SendText? CheckText(ContentText? text, string member, bool isRequired, MemberChecks checks)
    {
        if (text is null)
        {
            if (isRequired) checks.Required(text, member);
            return null;
        }

        if (!checks.Required(text.Data, member + ".Data")) return null;
        if (text.Charset is not null && !IsCharsetName(text.Charset))
            checks.Fail($"{member}.Charset must be the name of a character set");
        return new SendText(text.Data!, text.Charset);
    }

    private static int Given(object? member) => member is null ? 0 : 1;

    private static bool IsOwnTemplate(string text, Arns arns) =>
        ResourceArn.TryParse(text, out var arn) && arn is { Service: "ses", Type: "template", Name.Length: > 0 } && arns.IsOwn(arn);

    private static bool IsCharsetName(string text) =>
        text.Length is > 0 and <= MaxCharsetLength && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_.:+".Contains(c));

    private static bool IsObject(string json)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
