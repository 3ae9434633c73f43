using System.Globalization;
using System.Text.Json;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Traffic;
using Silo.Orleans.Client;
using Silo.Server.Intake;

namespace Silo.LoadTest.Doors.Cluster;

/// <summary>The .NET client of a cluster: sends are calls of grains.</summary>
/// <param name="database">Of the cluster, in the words of Npgsql.</param>
internal sealed class ClusterDoor(string database) : IDoor
{
    private readonly SemaphoreSlim _connecting = new(1);
    private IHost? _host;

    public string Name => "cluster";

    public IDoorConnection Connect(FlowPlan flow) => new ClusterDoorConnection(this, flow);

    public async ValueTask DisposeAsync()
    {
        if (_host is { } host)
        {
            await host.StopAsync();
            host.Dispose();
        }

        _connecting.Dispose();
    }

    /// <summary>Of the one client that all senders share; null when no silo answers.</summary>
    private async ValueTask<IMessageIntake?> Open(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            if (_host is not null) return _host.Services.GetRequiredService<IMessageIntake>();
            var builder = Host.CreateApplicationBuilder();
            builder.Logging.ClearProviders();
            builder.AddSiloClusterClient(o => o.ConnectionString = database);
            var host = builder.Build();
            try
            {
                await host.StartAsync(cancellationToken);
                _host = host;
                return host.Services.GetRequiredService<IMessageIntake>();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                host.Dispose();
                return null;
            }
        }
        finally
        {
            _connecting.Release();
        }
    }

    private sealed class ClusterDoorConnection(ClusterDoor door, FlowPlan flow) : IDoorConnection
    {
        private readonly SendContent[] _kinds = [.. flow.Kinds.Select(Content)];
        private IMessageIntake? _intake;

        public async ValueTask<bool> TryOpen(CancellationToken cancellationToken) =>
            (_intake ??= await door.Open(cancellationToken)) is not null;

        public async ValueTask<SendAnswer> Send(LoadMessage message, CancellationToken cancellationToken)
        {
            var request = new SendRequest
            {
                TenantName = message.Tenant.Name, ConfigurationSetName = flow.ConfigurationSet,
                From = string.Create(CultureInfo.InvariantCulture, $"News <news@t{message.Tenant.Number}.{flow.SenderDomain}>"),
                To = [message.Recipient.ToString()],
                Tags = flow.Tag is var (name, value) ? [new(name, value)] : [],
                Content = WithMark(_kinds[message.Kind], message),
            };
            try
            {
                var reply = await _intake!.Send(request, cancellationToken);
                if (reply.MessageId is not null) return new SendAnswer(SendResult.Accepted);
                var isForNow = reply.Refusal is SendRefusal.TooManyRequests or SendRefusal.Unavailable;
                return new SendAnswer(isForNow ? SendResult.Deferred : SendResult.Refused, $"{reply.Refusal}: {reply.Message}");
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The silo died, or does not answer in time: it may have it.
                return new SendAnswer(SendResult.Unknown, e.Message);
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static SendContent Content(MessageKind kind)
        {
            var text = LoadText.Of(kind.Bytes, "\n");
            var bytes = Convert.FromBase64String(LoadText.Attachment(kind.AttachmentBytes, inLines: false));
            IReadOnlyList<SendAttachment> attachments = bytes.Length == 0 ? [] : [new(bytes, "load.bin", null, null, null, null, null)];
            return kind.Template is { } template
                ? new TemplateContent(template, null, null, JsonSerializer.Serialize(new { name = "Ann", text }), [], attachments)
                : new SimpleContent(new SendText("News of today", null), new SendText(text, null), null, [], attachments);
        }

        private static SendContent WithMark(SendContent content, in LoadMessage message)
        {
            SendHeader[] headers = [new(LoadMark.Header, message.Mark.ToString())];
            return content switch
            {
                SimpleContent simple => simple with { Headers = headers },
                TemplateContent template => template with { Headers = headers },
                _ => content,
            };
        }
    }
}
