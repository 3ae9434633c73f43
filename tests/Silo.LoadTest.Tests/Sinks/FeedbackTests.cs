using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Silo.Core.Feedback;
using Silo.LoadTest.Marks;

using Silo.LoadTest.Sinks.Feedback;
using Silo.LoadTest.Sinks.Smtp;
using Silo.Testing;
using Silo.Testing.EndToEnd;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.LoadTest.Tests.Sinks;

public sealed class FeedbackTests
{
    [Fact]
    public async Task A_complaint_is_told_as_a_report_that_says_which_message_it_is_about()
    {
        var told = new TaskCompletionSource<SinkMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listener = new SinkServer(new Silo.Testing.SmtpSink.SinkOptions { OnMessage = m => told.TrySetResult(m) });
        var place = new IPEndPoint(IPAddress.Loopback, listener.Port);
        await using var door = new ComplaintMail(place, "fbl@sender.example", TimeProvider.System);
        await using var sink = new SmtpSink(new Silo.LoadTest.Sinks.SinkOptions { Run = "1a", Feedback = door });
        await using var client = await SinkClient.Connect(sink.Endpoint);
        var mark = SinkClient.Mark(1, 1, 0);
        await client.Send(mark, LoadFate.Complain, content: "X-Silo-Ref: abc\r\n def\r\n" + SinkClient.Content(mark));
        var mail = await told.Task.WaitAsync(ServerProcess.Patience);
        Assert.Equal("fbl@sender.example", mail.Recipient);
        var complaint = Assert.IsType<FeedbackMail.Complaint>(FeedbackMailReader.Read(mail.Content));
        Assert.Equal("abcdef", Assert.Single(complaint.Report.Original.References));
        Assert.DoesNotContain("gmail.com", Encoding.ASCII.GetString(mail.Content), StringComparison.Ordinal);
        Assert.Equal((1, 0), (sink.Counts.Complaints, sink.Counts.FeedbackDropped));
        await Patiently.Until(() => door.Told == 1, "the complaint is told");
    }

    [Fact]
    public async Task Feedback_waits_for_its_time_and_comes_in_its_order()
    {
        var time = new HostileTimeProvider();
        var told = new ConcurrentQueue<string>();
        await using var queue = new FeedbackQueue((f, _) =>
        {
            told.Enqueue(f.Recipient);
            return ValueTask.FromResult(true);
        }, time);
        Add("late", 30);
        Add("soon", 10);
        Add("between", 20);
        await AdvanceUntil(1, 10);
        Assert.Equal(["soon"], told);
        await AdvanceUntil(3, 20);
        Assert.Equal(["soon", "between", "late"], told);

        void Add(string name, int seconds) => Assert.True(queue.TryAdd(
            new Feedback(time.GetTimestamp() + seconds * time.TimestampFrequency, name, default, default)));

        async Task AdvanceUntil(int count, int seconds)
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            await Patiently.Until(() => told.Count >= count, $"{count} are told");
        }
    }

    [Fact]
    public async Task What_nobody_takes_is_tried_three_times_and_counted_as_failed()
    {
        var time = new HostileTimeProvider();
        var tries = 0;
        await using var queue = new FeedbackQueue((_, _) => Interlocked.Increment(ref tries) % 2 == 0
            ? throw new IOException("The connection broke.")
            : ValueTask.FromResult(false), time);
        queue.TryAdd(new Feedback(time.GetTimestamp(), "a", default, default));
        await Patiently.Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return queue.Failed == 1;
        }, "it is given up");
        Assert.Equal((3, 0), (tries, queue.Told));
    }
}
