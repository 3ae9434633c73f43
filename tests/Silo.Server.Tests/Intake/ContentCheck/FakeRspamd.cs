using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Silo.Server.Tests.Intake.ContentCheck;

/// <summary>A checker on a loopback port: it keeps what it was shown and answers as the test says.</summary>
internal sealed class FakeRspamd : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeRspamd(WebApplication app) => _app = app;

    public ConcurrentQueue<Shown> Seen { get; } = [];

    public Func<Shown, HttpContext, Task> Answer { get; set; } = (_, context) => Say(context, """{"score":0,"action":"no action"}""");

    public string Url => _app.Urls.First();

    public static async Task<FakeRspamd> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(k => k.Limits.MaxRequestBodySize = null);
        var rspamd = new FakeRspamd(builder.Build());
        rspamd._app.Map("/{**path}", rspamd.Take);
        await rspamd._app.StartAsync();
        return rspamd;
    }

    public void Says(string action, double score = 0) => Answer = (_, context) => Say(
        context, FormattableString.Invariant($$$$"""{"is_skipped":false,"score":{{{{score}}}},"action":"{{{{action}}}}","symbols":{"LOW":{"score":0.1},"HIGH":{"score":9.5},"GOOD":{"score":-3}}}"""));

    public static Task Say(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Take(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var shown = new Shown(
            context.Request.Method + " " + context.Request.Path, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString()), body.ToArray());
        Seen.Enqueue(shown);
        await Answer(shown, context);
    }

    public sealed record Shown(string Call, IReadOnlyDictionary<string, string> Headers, byte[] Body);
}
