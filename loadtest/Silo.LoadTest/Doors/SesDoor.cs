using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Doors;

/// <summary>Where the API is, and as whom it is called.</summary>
/// <param name="Endpoint">http or https; in turn when there are several, as a balancer would.</param>
internal sealed record SesDoorOptions(IReadOnlyList<Uri> Endpoints, string KeyId, string Secret, string Region = "us-east-1");

/// <summary>The SES v2 API: each message a signed SendEmail over a connection that stays open.</summary>
internal sealed class SesDoor(SesDoorOptions options, TimeProvider time) : IDoor
{
    private int _connections = -1;

    public string Name => "ses";

    public IDoorConnection Connect(FlowPlan flow)
    {
        var endpoint = options.Endpoints[Interlocked.Increment(ref _connections) % options.Endpoints.Count];
        return new SesDoorConnection(new HttpWire(endpoint, options, time), new SesContent(flow));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

internal sealed class SesDoorConnection(HttpWire wire, SesContent content) : IDoorConnection
{
    private const string Path = "/v2/email/outbound-emails";

    private readonly ByteWriter _body = new(8192);

    public ValueTask<bool> TryOpen(CancellationToken cancellationToken) => wire.TryOpen(cancellationToken);

    public async ValueTask<SendAnswer> Send(LoadMessage message, CancellationToken cancellationToken)
    {
        _body.Clear();
        content.Write(_body, message);
        HttpAnswer answer;
        try
        {
            answer = await wire.Call("POST", Path, _body.Written, cancellationToken);
        }
        catch (IOException e)
        {
            return new SendAnswer(SendResult.Unknown, e.Message);
        }

        return answer.Status switch
        {
            200 => new SendAnswer(SendResult.Accepted),
            429 or 503 => new SendAnswer(SendResult.Deferred, $"{answer.Status} {answer.Body}"),
            // The server broke off somewhere: it may have it.
            >= 500 => new SendAnswer(SendResult.Unknown, $"{answer.Status} {answer.Body}"),
            _ => new SendAnswer(SendResult.Refused, $"{answer.Status} {answer.Body}"),
        };
    }

    public ValueTask DisposeAsync() => wire.DisposeAsync();
}
