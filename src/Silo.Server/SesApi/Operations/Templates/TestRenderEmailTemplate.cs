using System.Text;
using Silo.Core.Messages;
using Silo.Server.Intake;

namespace Silo.Server.SesApi.Operations.Templates;

/// <summary>Answers the message that a send would make, without what only a send can know: From and To.</summary>
internal static class TestRenderEmailTemplate
{
    // Composing needs them; their headers are taken out again.
    private const string Nobody = "nobody@example.com";

    public static SesOperation Operation { get; } = SesOperation.Of(
        "TestRenderEmailTemplate", "POST", EmailTemplateMembers.Path + "/render", SesJson.Default.TestRenderEmailTemplateRequest,
        Handle) with
    {
        MostAtOnce = 8,
    };

    private static async ValueTask<SesAnswer> Handle(SesCall call, TestRenderEmailTemplateRequest request, CancellationToken cancellationToken)
    {
        var (name, services, checks) = (call.Labels[0], call.Services, new MemberChecks());
        if (checks.Required(request.TemplateData, "TemplateData"))
            checks.Length(request.TemplateData, "TemplateData", 0, TemplateRenderer.MaxDataCharacters);
        if (checks.Error is { } refused) return refused;
        if (await services.Templates.Find(name, cancellationToken) is not { } template) return EmailTemplateMembers.NotFound(name);
        switch (template.Render(request.TemplateData))
        {
            case RenderResult.Failed failed:
                return SesError.BadRequest(failed.Reason);
            case RenderResult.Rendered rendered:
                return Compose(rendered, services);
            default:
                throw new InvalidOperationException("A rendering ended in none of its results.");
        }
    }

    private static SesAnswer Compose(RenderResult.Rendered rendered, SesServices services)
    {
        Span<byte> bits = stackalloc byte[32];
        services.Random.GetBytes(bits);
        var now = services.Time.GetUtcNow();
        var stamp = new MessageStamp(
            MessageIdFormat.Create(now, BitConverter.ToUInt128(bits)), "example.com", now, BitConverter.ToUInt128(bits[16..]));
        var draft = new MessageDraft
        {
            From = Nobody, To = [Nobody], Subject = new TextContent(rendered.Subject ?? ""),
            Text = rendered.Text is null ? null : new TextContent(rendered.Text),
            Html = rendered.Html is null ? null : new TextContent(rendered.Html),
        };
        return MimeComposer.Compose(draft, stamp) switch
        {
            ComposeResult.Composed composed => SesAnswer.Json(
                new TestRenderEmailTemplateResponse(WithoutAddresses(Encoding.UTF8.GetString(composed.Content.Span))),
                SesJson.Default.TestRenderEmailTemplateResponse),
            ComposeResult.Refused refused => SesError.BadRequest(refused.Reason),
            _ => throw new InvalidOperationException("A composition ended in none of its results."),
        };
    }

    private static string WithoutAddresses(string message)
    {
        var end = message.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var head = message[..end].Split("\r\n").Where(l => l is not ($"From: {Nobody}" or $"To: {Nobody}"));
        return string.Concat(string.Join("\r\n", head), message.AsSpan(end));
    }
}

internal sealed record TestRenderEmailTemplateRequest(string? TemplateData);

internal sealed record TestRenderEmailTemplateResponse(string RenderedTemplate);
