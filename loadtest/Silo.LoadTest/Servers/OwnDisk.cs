using System.Diagnostics;

namespace Silo.LoadTest.Servers;

/// <summary>
/// The disk of a server that is to be filled. Where this user may mount, a small file system in memory of its own, which can be filled to
/// the last byte without harm to anybody; else the machine's, of which so much is taken that the server finds too little left.
/// </summary>
internal sealed class OwnDisk : IDisposable
{
    private const string BallastName = "ballast";
    private const long OwnThreshold = 16L << 20;
    private const long SharedBallast = 512L << 20;

    private readonly string _directory;
    private readonly bool _isMounted;

    private OwnDisk(string directory, bool isMounted)
    {
        (_directory, _isMounted) = (directory, isMounted);
        // On a disk that others write to as well, half of the ballast is room for what they do meanwhile.
        ThresholdBytes = isMounted ? OwnThreshold : Math.Max(OwnThreshold, FreeBytes - (SharedBallast / 2));
    }

    /// <summary>With less than this free the server is to take nothing new: Silo:Store:MinFreeDiskBytes.</summary>
    public long ThresholdBytes { get; }

    private string Ballast => Path.Combine(_directory, BallastName);

    private long FreeBytes => new DriveInfo(_directory).AvailableFreeSpace;

    public static OwnDisk Take(string directory, long bytes) => new(
        directory,
        OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && Run(
            "mount", "-t", "tmpfs", "-o", $"size={bytes}", "silo-load", directory));

    /// <summary>Fills it until so much is free; the machine's until the threshold is passed.</summary>
    public void Fill(long leaveBytes)
    {
        if (!_isMounted)
        {
            using var taken = new FileStream(
                Ballast, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, PreallocationSize = SharedBallast });
            return;
        }

        using var ballast = new FileStream(Ballast, FileMode.OpenOrCreate, FileAccess.Write);
        ballast.Seek(0, SeekOrigin.End);
        var block = new byte[64 * 1024];
        try
        {
            while (FreeBytes is var free && free > leaveBytes)
            {
                ballast.Write(block, 0, (int)Math.Min(block.Length, free - leaveBytes));
                ballast.Flush();
            }
        }
        catch (IOException)
        {
            // The server was faster with the rest.
        }
    }

    public void Empty() => File.Delete(Ballast);

    public void Dispose()
    {
        if (_isMounted) Run("umount", "-l", _directory);
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
