using System.CommandLine;
using System.Net;
using System.Text.Json;
using Silo.LoadTest.Sinks.Feedback;
using Silo.LoadTest.Sinks.Providers;
using Silo.LoadTest.Sinks.Ses;
using Silo.LoadTest.Sinks.Smtp;

namespace Silo.LoadTest.Sinks;

/// <summary>
/// <c>sink</c>: a sink in a process of its own, until it is told to end (SIGINT, SIGTERM). Ends with 1 when it found something wrong.
/// </summary>
internal static class SinkCommand
{
    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "address:port; port 0 takes a free one", DefaultValueFactory = _ => "127.0.0.1:0",
    };

    private static readonly Option<string> Control = new("--control")
    {
        Description = "address:port of counts and faults over HTTP", DefaultValueFactory = _ => "127.0.0.1:0",
    };

    private static readonly Option<string> Run = new("--run")
    {
        Description = "the run whose messages are counted, 1-16 characters of 0-9a-f", DefaultValueFactory = _ => "0",
    };

    private static readonly Option<bool> Ses = new("--ses") { Description = "answer as Amazon SES does, not as an SMTP server" };
    private static readonly Option<double> SesRate = new("--ses-rate")
    {
        Description = "MaxSendRate of the account, messages a second", DefaultValueFactory = _ => 100_000,
    };

    private static readonly Option<FileInfo?> Profiles = new("--providers") { Description = "a JSON file of provider profiles" };
    private static readonly Option<long> Seed = new("--seed") { Description = "of what providers draw" };
    private static readonly Option<bool> Tls = new("--tls") { Description = "offer STARTTLS, or serve HTTPS; self-signed" };
    private static readonly Option<string?> Author = new("--author-domain") { Description = "of authors, as t{tenant}.load.example" };
    private static readonly Option<double> Dkim = new("--dkim-share") { Description = "of messages whose signature is looked at, 0 to 1" };
    private static readonly Option<double> Slack = new("--order-slack") { Description = "seconds", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> Complaints = new("--complaints")
    {
        Description = "where reports of complaints go: address:port/mailbox@domain",
    };

    public static Command Create()
    {
        var command = new Command("sink", "Takes mail, checks it, and plays mailbox providers.")
        {
            Listen, Control, Run, Ses, SesRate, Profiles, Seed, Tls, Author, Dkim, Slack, Complaints,
        };
        Limit(Dkim, 0, 1);
        Limit(Slack, 0, 3_600);
        Limit(SesRate, 0.1, 1e9);
        foreach (var endpoint in new[] { Listen, Control })
            endpoint.Validators.Add(r =>
            {
                if (!IPEndPoint.TryParse(r.GetValueOrDefault<string>(), out _)) r.AddError($"{endpoint.Name} must be address:port.");
            });
        command.SetAction(Execute);
        return command;
    }

    private static void Limit(Option<double> option, double least, double most) => option.Validators.Add(given =>
    {
        if (given.GetValueOrDefault<double>() is var value && !(value >= least && value <= most))
            given.AddError($"{option.Name} must be {least} to {most:N0}.");
    });

    private static async Task<int> Execute(ParseResult arguments, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        using var certificate = arguments.GetValue(Tls) ? SelfSigned.Certificate("localhost", time) : null;
        ProviderBook providers;
        IFeedbackDoor? door;
        try
        {
            var profiles = arguments.GetValue(Profiles) is { } file ? await File.ReadAllBytesAsync(file.FullName, cancellationToken) : null;
            providers = profiles is null ? ProviderBook.None : new ProviderBook(ProviderBook.Read(profiles), arguments.GetValue(Seed));
            door = Door(arguments.GetValue(Complaints), time);
        }
        catch (Exception e) when (e is IOException or ArgumentException or JsonException or FormatException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }

        await using var feedback = door;
        var options = new SinkOptions
        {
            Endpoint = IPEndPoint.Parse(arguments.GetValue(Listen)!), Run = arguments.GetValue(Run)!, Providers = providers,
            Feedback = feedback, Certificate = certificate, Time = time,
            Checks = new SinkChecks
            {
                AuthorDomain = arguments.GetValue(Author), DkimShare = arguments.GetValue(Dkim),
                OrderSlack = TimeSpan.FromSeconds(arguments.GetValue(Slack)),
            },
        };
        await using ISink sink = arguments.GetValue(Ses)
            ? await SesSink.Start(options, new SesSinkOptions { MaxSendRate = arguments.GetValue(SesRate) }, cancellationToken)
            : new SmtpSink(options);
        var (control, address) = await SinkControl.Start(sink, IPEndPoint.Parse(arguments.GetValue(Control)!), cancellationToken);
        await using var _ = control;
        Console.WriteLine($"Sink at {sink.Endpoint}, control at {address}");
        await Watch(sink, time, cancellationToken);
        var tally = sink.Tally();
        Console.WriteLine(JsonSerializer.Serialize(tally with { Lanes = [] }, SinkControl.Json));
        return tally.IsClean ? 0 : 1;
    }

    private static ComplaintMail? Door(string? place, TimeProvider time)
    {
        if (place is null) return null;
        var slash = place.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) throw new FormatException("--complaints must be address:port/mailbox@domain.");
        return new ComplaintMail(IPEndPoint.Parse(place[..slash]), place[(slash + 1)..], time);
    }

    private static async Task Watch(ISink sink, TimeProvider time, CancellationToken cancellationToken)
    {
        var last = 0L;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var counts = sink.Counts;
                if (counts.Delivered != last)
                    Console.WriteLine($"{counts.Delivered - last,7}/s taken   {counts.Delivered} in all, {counts.Open} connections");
                last = counts.Delivered;
            }
        }
        catch (OperationCanceledException)
        {
            // Told to end.
        }
    }
}
