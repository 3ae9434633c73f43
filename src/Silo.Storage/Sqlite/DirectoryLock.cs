namespace Silo.Storage.Sqlite;

/// <summary>
/// The hold of one process on a data directory. The operating system releases it with the process, however that ends, so the
/// file that stays behind means nothing.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>Null when the directory is taken.</summary>
    public static DirectoryLock? TryTake(string directory)
    {
        var path = PathIn(directory);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            return null;
        }

        file.SetLength(0);
        using (var writer = new StreamWriter(file, leaveOpen: true)) writer.Write(Environment.ProcessId);
        file.Flush();
        return new DirectoryLock(file);
    }

    /// <summary>"process N", as far as the lock file tells.</summary>
    public static string DescribeHolder(string directory)
    {
        try
        {
            // Sharing everything takes no lock of its own, so the holder's does not stand in the way (on Unix).
            using var file = new FileStream(PathIn(directory), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            return int.TryParse(reader.ReadToEnd(), out var id) ? $"process {id}" : "another process";
        }
        catch (IOException)
        {
            return "another process";
        }
    }

    public void Dispose() => _file.Dispose();

    private static string PathIn(string directory) => Path.Combine(directory, "silo.lock");
}
