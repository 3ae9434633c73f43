using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Silo.LoadTest.Doors;

namespace Silo.LoadTest.Servers;

/// <summary>Calls of the API of a target, beside its load: over connections that are kept and used by one call at a time.</summary>
internal sealed class ApiClient(ILoadTarget target, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentBag<HttpWire> _idle = [];
    private readonly SesDoorOptions _options = new(target.Api, target.KeyId, target.Secret, target.Region);

    /// <param name="resource">Such as <c>identity/load.example</c>.</param>
    public string ArnOf(string resource) => $"arn:aws:ses:{target.Region}:{target.AccountId}:{resource}";

    /// <summary>The answer; a status of 0 when there was none.</summary>
    public async Task<HttpAnswer> Call(string method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        if (target.Api.Count == 0) throw new InvalidOperationException($"{method} {path}: a target without an API cannot do this.");
        if (!_idle.TryTake(out var wire)) wire = new HttpWire(target.Api[0], _options, time, keepsSuccess: true);
        var bytes = body is null ? "{}"u8.ToArray() : System.Text.Encoding.UTF8.GetBytes(body.ToJsonString());
        if (method == "GET") bytes = [];
        try
        {
            if (!await wire.TryOpen(cancellationToken)) return new HttpAnswer(0, "no connection");
            return await wire.Call(method, path, bytes, cancellationToken);
        }
        catch (IOException e)
        {
            return new HttpAnswer(0, e.Message);
        }
        finally
        {
            _idle.Add(wire);
        }
    }

    /// <summary>
    /// A call that has to succeed. One that the server could not answer now is made again for a minute; what is there already is fine.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public async Task<string> Demand(string method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var answer = await Call(method, path, body, cancellationToken);
            if (answer.Status == 200 || answer.Body.Contains("already exist", StringComparison.OrdinalIgnoreCase)) return answer.Body;
            if (answer.Status is not (0 or 429 or >= 500) || time.GetElapsedTime(began) > Patience)
                throw new InvalidOperationException($"{method} {path} answered {answer.Status}: {answer.Body}");
            await Task.Delay(RetryAfter, time, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var wire in _idle) await wire.DisposeAsync();
    }
}
