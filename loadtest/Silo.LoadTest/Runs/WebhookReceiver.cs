using System.Buffers.Text;
using System.Text;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Runs;

/// <summary>The endpoints that a run's server tells of events: they count, look how late it is, and take their time to answer.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private const int MaxBodyBytes = 1 << 20;

    private readonly WebApplication _app;
    private readonly Dictionary<string, Heard> _byName;
    private readonly TimeProvider _time;

    private WebhookReceiver(WebApplication app, Dictionary<string, Heard> byName, TimeProvider time) =>
        (_app, _byName, _time) = (app, byName, time);

    public static async Task<WebhookReceiver> Start(IReadOnlyList<WebhookSpec> webhooks, TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(k => k.Limits.MaxRequestBodySize = MaxBodyBytes);
        var receiver = new WebhookReceiver(
            builder.Build(), webhooks.ToDictionary(w => w.Name, w => new Heard(w), StringComparer.Ordinal), time);
        receiver._app.MapPost("/{name}", receiver.Hear);
        await receiver._app.StartAsync();
        return receiver;
    }

    public string UrlOf(string name) => $"{_app.Urls.First()}/{name}";

    /// <summary>Distinct events and from the intended time of the message to the event, by webhook.</summary>
    public (long Received, LatencyHistogram Latency) Of(string name)
    {
        var heard = _byName[name];
        lock (heard)
        {
            var latency = new LatencyHistogram();
            latency.Add(heard.Latency);
            return (heard.Ids.Count, latency);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task Hear(HttpContext context)
    {
        if (!_byName.TryGetValue((string)context.Request.RouteValues["name"]!, out var heard))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var due = DueOf(body.GetBuffer().AsSpan(0, (int)body.Length));
        await Task.Delay(heard.Spec.AnswerAfter, _time, context.RequestAborted);
        lock (heard)
        {
            // What is told again, as after an answer that came too late, is one event.
            if (heard.Ids.Add(context.Request.Headers["webhook-id"].ToString()) && due is { } at)
                heard.Latency.Add(_time.GetUtcNow().UtcDateTime - new DateTime(at, DateTimeKind.Utc));
        }
    }

    /// <summary>Of the mark, which stands among the headers of the mail that the event is of.</summary>
    private static long? DueOf(ReadOnlySpan<byte> body)
    {
        var at = body.IndexOf(Encoding.ASCII.GetBytes(LoadMark.Header));
        if (at < 0) return null;
        body = body[at..];
        var due = body.IndexOf(";due="u8);
        return due >= 0 && Utf8Parser.TryParse(body[(due + 5)..], out long ticks, out _) ? ticks : null;
    }

    private sealed class Heard(WebhookSpec spec)
    {
        public WebhookSpec Spec => spec;

        public HashSet<string> Ids { get; } = new(StringComparer.Ordinal);

        public LatencyHistogram Latency { get; } = new();
    }
}
