using Silo.Core.Messages;
namespace Silo.Server.Intake;
internal static class TemplateRenderer { public static RenderResult Render(string? s, string? t, string? h, string? d) => new RenderResult.Failed("stub"); }
internal abstract record RenderResult { public sealed record Rendered(TextContent Subject, TextContent? Text, TextContent? Html) : RenderResult; public sealed record Failed(string Reason) : RenderResult; }
