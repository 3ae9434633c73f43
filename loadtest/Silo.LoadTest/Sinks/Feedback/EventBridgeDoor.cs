using System.Net.Http.Headers;

namespace Silo.LoadTest.Sinks.Feedback;

/// <summary>Tells records of SES as an API destination of EventBridge does: by POST, with a secret in a header.</summary>
internal sealed class EventBridgeDoor : IFeedbackDoor
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly FeedbackQueue _queue;
    private readonly Uri _address;
    private readonly string _secret;

    /// <param name="silo">Where Silo's API is.</param>
    /// <param name="secret">Its <c>Silo:Feedback:EventBridge:Secret</c>.</param>
    public EventBridgeDoor(Uri silo, string secret, TimeProvider time)
    {
        (_address, _secret) = (new Uri(silo, "/silo/v1/feedback/eventbridge"), secret);
        _queue = new FeedbackQueue(Tell, time);
    }

    public long Told => _queue.Told;

    public long Failed => _queue.Failed;

    public bool TryReport(Feedback feedback) => _queue.TryAdd(feedback);

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        _http.Dispose();
    }

    private async ValueTask<bool> Tell(Feedback feedback, CancellationToken cancellationToken)
    {
        byte[] body = [.. """{"version":"0","source":"aws.ses","detail":"""u8, .. feedback.Record.Span, .. "}"u8];
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-Silo-Secret", _secret);
        using var reply = await _http.SendAsync(request, cancellationToken);
        return reply.IsSuccessStatusCode;
    }
}
