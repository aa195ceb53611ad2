-- CXQ in Neovim 0.7 and later: load this file from your init.lua with
--   dofile('/path/to/neovim.lua')
-- `cxq` has to be on the PATH; else say how it is started, before you load this file:
--   vim.g.cxq_command = { 'node', '/path/to/dist/cli.js', 'lsp', '--stdio' }

vim.api.nvim_create_autocmd({ 'BufRead', 'BufNewFile' }, {
  pattern = '*.cxq',
  callback = function()
    vim.bo.filetype = 'cxq'
  end,
})

-- One server for all query files of a folder; the folder is the nearest one above with a .git, else the file's own.
local clients = {}

-- Completion offers the values of history files (JSON, NDJSON, gzip) that are in a buffer.
local function tell_histories()
  local uris = {}
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.api.nvim_buf_get_name(buffer)
    local ending = name:gsub('%.gz$', ''):match('%.(%a+)$')
    if vim.bo[buffer].buflisted and (ending == 'json' or ending == 'jsonl' or ending == 'ndjson') then
      table.insert(uris, vim.uri_from_fname(name))
    end
  end
  for _, id in pairs(clients) do
    local client = vim.lsp.get_client_by_id(id)
    if client ~= nil then
      client.notify('cxq/historyFiles', { uris = uris })
    end
  end
end

vim.api.nvim_create_autocmd({ 'BufAdd', 'BufDelete', 'BufFilePost' }, {
  callback = function()
    -- A buffer that goes is still there while its end is told.
    vim.schedule(tell_histories)
  end,
})

local function root_of(file)
  local folder = vim.fn.fnamemodify(file, ':p:h')
  local git = vim.fn.finddir('.git', folder .. ';')
  return git ~= '' and vim.fn.fnamemodify(git, ':p:h:h') or folder
end

vim.api.nvim_create_autocmd('FileType', {
  pattern = 'cxq',
  callback = function(event)
    local root = root_of(vim.api.nvim_buf_get_name(event.buf))
    if clients[root] == nil then
      clients[root] = vim.lsp.start_client({
        name = 'cxq',
        cmd = vim.g.cxq_command or { 'cxq', 'lsp', '--stdio' },
        root_dir = root,
        workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
        on_init = function()
          vim.schedule(tell_histories)
        end,
        on_exit = function()
          clients[root] = nil
        end,
      })
    end
    vim.lsp.buf_attach_client(event.buf, clients[root])
    vim.bo[event.buf].commentstring = '-- %s'
    vim.bo[event.buf].omnifunc = 'v:lua.vim.lsp.omnifunc'
  end,
})
