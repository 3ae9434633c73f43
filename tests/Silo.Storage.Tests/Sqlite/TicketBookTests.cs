using Silo.Storage.Sqlite;
using Silo.Storage.Writing;

namespace Silo.Storage.Tests.Sqlite;

public sealed class TicketBookTests
{
    [Fact]
    public async Task A_failure_too_old_to_be_remembered_is_never_taken_for_a_success()
    {
        var book = new TicketBook();
        for (var ticket = 1L; ticket <= TicketBook.MaxFailures + 10; ticket++)
        {
            var write = PendingWrite.Of(new SpoolWrite { TenantKey = 1 });
            write.Ticket = ticket;
            write.Failure = new StorageException("lost");
            book.Add(write);
            book.Settle([write]);
        }

        foreach (var ticket in new[] { 1L, 10, 11, TicketBook.MaxFailures + 10 })
            await Assert.ThrowsAsync<StorageException>(() => book.When(ticket, default).AsTask());
    }
}
