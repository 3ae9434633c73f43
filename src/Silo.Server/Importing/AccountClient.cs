using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Silo.Server.Delivery.Ses;

namespace Silo.Server.Importing;

/// <summary>
/// Calls one account, SES's or Silo's, no faster than its pace, and again after "too many requests", failures of the server and of the way to
/// it: each call that is made here may be made twice.
/// </summary>
internal sealed class AccountClient : IDisposable
{
    private const int Attempts = 8;
    private const int MaxPages = 100_000;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _name;
    private readonly SesHttp _http;
    private readonly SesCredentials _credentials;
    private readonly TimeSpan _between;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private long? _calledAt;

    /// <param name="name">As errors call it: source, target.</param>
    /// <param name="rate">Calls in a second; null for no limit.</param>
    /// <param name="jitter">0 to below 1.</param>
    public AccountClient(string name, SesPlace place, SesOptions options, double? rate, TimeProvider time, Func<double> jitter)
    {
        (_name, _time, _jitter) = (name, time, jitter);
        options.MaxResponseBytes = 16 << 20;
        options.MaxConnections = 1;
        _http = new SesHttp(place, options, time);
        _credentials = new SesCredentials(options);
        _between = rate is null ? TimeSpan.Zero : TimeSpan.FromSeconds(1 / rate.Value);
        Region = place.Region;
    }

    public string Region { get; }

    /// <summary>The answer, or null when there is no such thing, or no such operation: what is to be written tells then.</summary>
    /// <exception cref="ImportException">It refuses, or does not answer.</exception>
    public async Task<JsonObject?> Find(ApiCall call, CancellationToken cancellationToken)
    {
        var reply = await Send(call, cancellationToken);
        return reply.Status == 404 ? null : Parse(call, reply);
    }

    /// <summary>All items of a list; null when the account has no such operation.</summary>
    /// <param name="call">Its paging goes into the body of a POST, else into the query.</param>
    public async Task<IReadOnlyList<JsonNode>?> List(ApiCall call, string member, CancellationToken cancellationToken)
    {
        var items = new List<JsonNode>();
        string? token = null;
        for (var page = 0; page < MaxPages; page++)
        {
            var reply = await Send(WithPaging(call, token), cancellationToken);
            if (reply.Code == "UnknownOperationException") return null;
            var answer = Parse(call, reply);
            foreach (var item in answer[member] as JsonArray ?? [])
                if (item is not null) items.Add(item.DeepClone());
            token = (string?)answer["NextToken"];
            if (string.IsNullOrEmpty(token)) return items;
        }

        throw new ImportException($"The {_name}'s list {call.Path} does not end.");
    }

    /// <summary>Null when it was done, else why not.</summary>
    public async Task<string?> Change(ApiCall call, CancellationToken cancellationToken)
    {
        var reply = await Send(call, cancellationToken);
        // Done by a run before, or by the first of two attempts.
        if (reply.Status == 200 || reply.Code == "AlreadyExistsException") return null;
        return $"{reply.Code}: {reply.Text}";
    }

    public void Dispose()
    {
        _http.Dispose();
        _credentials.Dispose();
    }

    private static ApiCall WithPaging(ApiCall call, string? token)
    {
        if (call.Method == "POST")
        {
            var body = (JsonObject)(call.Body?.DeepClone() ?? new JsonObject());
            body["PageSize"] = call.PageSize;
            if (token is not null) body["NextToken"] = token;
            return call with { Body = body };
        }

        var size = call.PageSize.ToString(CultureInfo.InvariantCulture);
        KeyValuePair<string, string>[] paging = token is null ? [new("PageSize", size)] : [new("PageSize", size), new("NextToken", token)];
        return call with { Query = [.. call.Query, .. paging] };
    }

    private JsonObject Parse(ApiCall call, SesReply reply)
    {
        if (reply.Status != 200)
            throw new ImportException($"The {_name} refuses {call.Method} {call.Path}: {reply.Status} {reply.Code} {reply.Text}");
        try
        {
            if (reply.IsWhole && JsonNode.Parse(reply.Body.Span) is JsonObject answer) return answer;
        }
        catch (JsonException)
        {
        }

        throw new ImportException($"The {_name}'s answer to {call.Method} {call.Path} cannot be read.");
    }

    private async Task<SesReply> Send(ApiCall call, CancellationToken cancellationToken)
    {
        var wait = FirstWait;
        for (var attempt = 1; ; attempt++)
        {
            await WaitForTurn(cancellationToken);
            var (reply, failure) = await Try(call, cancellationToken);
            if (reply is not null && reply.Status != 429 && reply.Status < 500) return reply;
            if (attempt == Attempts)
                throw new ImportException($"The {_name} at {_http.Host} does not answer: {failure?.Message ?? reply!.ToString()}", failure);
            await Task.Delay(reply?.RetryAfter ?? wait * (0.5 + _jitter() / 2), _time, cancellationToken);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    private async Task<(SesReply? Reply, Exception? Failure)> Try(ApiCall call, CancellationToken cancellationToken)
    {
        var body = call.Body is null ? [] : JsonSerializer.SerializeToUtf8Bytes(call.Body);
        using var content = call.Body is null ? null : new ByteArrayContent(body);
        if (content is not null) content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var keys = await _credentials.Get(either.Token);
            using var request = _http.Request(
                new HttpMethod(call.Method), "/v2/email/" + call.Path, content, body, keys, call.Labels, call.Query);
            return (await _http.Call(request, null, either.Token), null);
        }
        catch (HttpRequestException e)
        {
            return (null, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The chain of credentials throws whatever its parts do.
            throw new ImportException($"There are no keys for the {_name}: {e.Message}", e);
        }
    }

    private async Task WaitForTurn(CancellationToken cancellationToken)
    {
        if (_calledAt is { } at && _between - _time.GetElapsedTime(at) is { Ticks: > 0 } left) await Task.Delay(left, _time, cancellationToken);
        _calledAt = _time.GetTimestamp();
    }
}
