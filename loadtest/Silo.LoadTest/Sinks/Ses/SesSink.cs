using System.Net;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Sinks.Providers;
using Silo.LoadTest.Sinks.Smtp;

namespace Silo.LoadTest.Sinks.Ses;

/// <summary>
/// Answers SendEmail and GetAccount as Amazon SES does. A provider's deferrals and rates are SES's own affair and cannot be seen by who
/// calls it; its bounces and complaints come as records of events.
/// </summary>
internal sealed class SesSink : ISink
{
    private const int MaxBodyBytes = 64 << 20;

    private readonly SinkOptions _options;
    private readonly SesSinkOptions _account;
    private readonly SinkDesk _desk;
    private readonly TenantPattern? _tenant;
    private readonly ProviderState _rate;
    private readonly WebApplication _app;
    private long _lastId;

    private SesSink(SinkOptions options, SesSinkOptions account)
    {
        (_options, _account) = (options, account);
        // The bucket is the account's: what its "provider" draws does not matter.
        var burst = Math.Max(1, account.MaxSendRate);
        _rate = new ProviderState(new ProviderProfile { Name = "account", RatePerSecond = account.MaxSendRate, Burst = burst }, seed: 0);
        if (options.Checks.TenantName is { } pattern) _tenant = new TenantPattern(pattern);
        _desk = new SinkDesk(options);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Endpoint, listen =>
            {
                if (options.Certificate is { } certificate) listen.UseHttps(certificate);
            });
        });
        _app = builder.Build();
        _app.Run(Answer);
    }

    public IPEndPoint Endpoint { get; private set; } = new(IPAddress.Loopback, 0);

    public SinkCounts Counts => _desk.Counters.Read();

    public SinkFaults Faults => _desk.Faults;

    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<SesSink> Start(SinkOptions options, SesSinkOptions account, CancellationToken cancellationToken)
    {
        var sink = new SesSink(options, account);
        try
        {
            await sink._app.StartAsync(cancellationToken);
            sink.Endpoint = IPEndPoint.Parse(new Uri(sink._app.Urls.First()).Authority);
            return sink;
        }
        catch
        {
            await sink.DisposeAsync();
            throw;
        }
    }

    public SinkTally Tally(SentBooks? sent = null, PossibleDuplicates? marked = null) => _desk.Accounting.Tally(Counts, sent, marked);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task Answer(HttpContext context) => (context.Request.Method, context.Request.Path.Value) switch
    {
        _ when !context.Request.Headers.Authorization.ToString().StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal) =>
            Fail(context, 403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        ("POST", "/v2/email/outbound-emails") => Send(context),
        ("GET", "/v2/email/account") => context.Response.WriteAsJsonAsync(new
        {
            SendingEnabled = true, ProductionAccessEnabled = true, EnforcementStatus = "HEALTHY",
            SendQuota = new { _account.MaxSendRate, _account.Max24HourSend, SentLast24Hours = Counts.Delivered },
        }, AsGiven, context.RequestAborted),
        _ => Fail(context, 404, "UnknownOperationException", "There is nothing else here."),
    };

    private async Task Send(HttpContext context)
    {
        var begun = _options.Time.GetTimestamp();
        _desk.Counters.Begun();
        using var body = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, MaxBodyBytes));
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (SesCall.Read(body.GetBuffer().AsMemory(0, (int)body.Length), out var fault) is not { } call)
        {
            await Fail(context, 400, "BadRequestException", fault);
            return;
        }

        if (_account.LatencyMs > 0) await Task.Delay(TimeSpan.FromMilliseconds(_account.LatencyMs), _options.Time, context.RequestAborted);
        if (_rate.Judge("", 0, _options.Time.GetTimestamp(), _options.Time).End == ArrivalEnd.RateLimited)
        {
            _desk.Counters.Ended(ArrivalEnd.RateLimited);
            await Fail(context, 429, "TooManyRequestsException", "Maximum sending rate exceeded.");
            return;
        }

        var id = $"0100{Interlocked.Increment(ref _lastId):x12}-load-{_options.Run}-000000";
        Take(call, id, begun);
        await context.Response.WriteAsJsonAsync(new { MessageId = id }, AsGiven, context.RequestAborted);
    }

    private void Take(SesCall call, string id, long begun)
    {
        var incoming = _desk.Meet(call.Recipient, begun);
        var content = new SinkContent(_options.MaxMessageBytes);
        content.Begin(keepsAll: false);
        content.Take(call.Content);
        if (_tenant is { } pattern && incoming.Address is { } address
            && !pattern.IsOf(System.Text.Encoding.UTF8.GetBytes(call.TenantName ?? ""), address.Tenant))
        {
            _desk.Note(SinkFault.WrongTenant, new LoadMark(address.Run, address.Tenant, address.Lane, address.Number, 0),
                $"the call names the tenant '{call.TenantName}'");
        }

        var end = incoming.Verdict.End is ArrivalEnd.HardBounced or ArrivalEnd.SoftBounced ? incoming.Verdict.End : ArrivalEnd.Delivered;
        _desk.Came(incoming, end, content, _desk.WantsContent() ? call.Content : default, report: false);
        if (end == ArrivalEnd.Delivered && !incoming.Verdict.Complains) return;
        var delay = end == ArrivalEnd.Delivered ? incoming.Provider?.Profile.ComplaintDelayMs ?? 0 : 0;
        var now = _options.Time.GetUtcNow();
        var record = SesRecords.Of(end, call, id, now);
        var due = _options.Time.GetTimestamp() + delay * _options.Time.TimestampFrequency / 1000;
        var isTold = _options.Feedback is not { } door || door.TryReport(new Feedback.Feedback(due, call.Recipient, default, record));
        if (end == ArrivalEnd.Delivered) _desk.Counters.Complained(isTold);
        else if (!isTold) _desk.Counters.Dropped();
    }

    private static readonly System.Text.Json.JsonSerializerOptions AsGiven = new() { PropertyNamingPolicy = null };

    private static async Task Fail(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["x-amzn-ErrorType"] = code;
        await context.Response.WriteAsJsonAsync(new { message }, AsGiven, context.RequestAborted);
    }
}
