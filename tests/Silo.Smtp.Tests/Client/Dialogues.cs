using System.Net.Sockets;
using System.Text;
using Silo.Smtp.Client;
using Silo.Testing;
using Silo.Testing.SmtpSink;

namespace Silo.Smtp.Tests.Client;

/// <summary>What the tests of the client dialogue share.</summary>
internal static class Dialogues
{
    public static readonly SmtpClientOptions Plain = new()
    {
        HelloName = "silo.test", ServerName = "sink.test", TlsMode = SmtpTlsMode.None,
    };

    public static readonly (string, string) Greeting = ("", "220 there\r\n");

    public static readonly (string, string) PlainHello = ("EHLO silo.test\r\n", "250-there\r\n250 HELP\r\n");

    public static readonly (string, string) PipeliningHello =
        ("EHLO silo.test\r\n", "250-there\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 1000\r\n");

    public static SmtpMail Mail(
        string recipient = "r@example.com", string content = "Subject: x\r\n\r\nhello\r\n", ITransactionGate? gate = null) =>
        new("s@example.org", recipient, Encoding.UTF8.GetBytes(content), gate ?? OpenGate.Instance);

    public static SmtpClientSession Over(Stream stream, SmtpClientOptions? options = null, TimeProvider? time = null) =>
        new(stream, options ?? Plain, time ?? new HostileTimeProvider());

    public static async Task<SmtpClientSession> To(SinkServer sink, SmtpClientOptions? options = null, TimeProvider? time = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", sink.Port);
        return Over(new NetworkStream(socket, ownsSocket: true), options, time);
    }

    /// <summary>Lets time pass until the task is done: the one driver of the clock in its test.</summary>
    public static async Task<T> WhileTimePasses<T>(this Task<T> task, HostileTimeProvider clock)
    {
        while (!task.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        return await task;
    }
}

/// <summary>A gate that a test opens, closes and watches.</summary>
internal sealed class HandGate : ITransactionGate
{
    private readonly CancellationTokenSource _abort = new();

    public bool Open { get; init; } = true;

    public bool Finishes { get; init; } = true;

    public Action? OnTryBegin { get; init; }

    public List<string> Calls { get; } = [];

    public CancellationToken Aborted => _abort.Token;

    public void Abort() => _abort.Cancel();

    public bool TryBegin()
    {
        Calls.Add("TryBegin");
        OnTryBegin?.Invoke();
        return Open;
    }

    public void Begun() => Calls.Add("Begun");

    public bool MayFinish()
    {
        Calls.Add("MayFinish");
        return Finishes;
    }
}
