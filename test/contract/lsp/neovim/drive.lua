-- Runs inside a headless Neovim: asks the server through Neovim's own client, and writes what came back as JSON.
local out, timeout = vim.env.CXQ_OUT, 20000
local answers = {}

local function ask(method, more)
  local params = vim.lsp.util.make_position_params(0, 'utf-16')
  for key, value in pairs(more or {}) do
    params[key] = value
  end
  local results = vim.lsp.buf_request_sync(0, method, params, timeout) or {}
  for _, answer in pairs(results) do
    return answer.result
  end
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
end

local ok, why = pcall(function()
  assert(vim.wait(timeout, function()
    return #vim.diagnostic.get(0) > 0
  end, 50), 'no diagnostics came')
  answers.diagnostics = vim.tbl_map(function(one)
    return { code = one.code or (one.user_data and one.user_data.lsp.code), line = one.lnum, message = one.message }
  end, vim.diagnostic.get(0))

  vim.api.nvim_win_set_cursor(0, { 2, 8 })
  answers.completion = vim.tbl_map(function(item)
    return item.label
  end, (function()
    local result = ask('textDocument/completion')
    return result.items or result
  end)())
  answers.hover = ask('textDocument/hover')
  answers.symbols = vim.tbl_map(function(one)
    return one.name
  end, ask('textDocument/documentSymbol'))

  local edits = ask('textDocument/formatting', { options = { tabSize = 2, insertSpaces = true } })
  vim.lsp.util.apply_text_edits(edits, 0, 'utf-16')
  answers.formatted = text()

  vim.api.nvim_win_set_cursor(0, { 1, 7 })
  vim.lsp.util.apply_workspace_edit(ask('textDocument/rename', { newName = 'renamed' }), 'utf-16')
  answers.renamed = text()

  local errors = function()
    return vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
  end
  assert(vim.wait(timeout, function()
    return #errors() == 1 and errors()[1].lnum == 2
  end, 50), 'no error was found in the formatted text')
  local wrong = errors()[1]
  local at = { line = wrong.lnum, character = wrong.col }
  local fixes = ask('textDocument/codeAction', {
    range = { start = at, ['end'] = at },
    context = { diagnostics = {}, only = { 'quickfix' } },
  })
  vim.lsp.util.apply_workspace_edit(fixes[1].edit, 'utf-16')
  answers.fixed = text()
  assert(vim.wait(timeout, function()
    return #errors() == 0
  end, 50), 'errors of the text before stayed')

  local function offered(label)
    vim.api.nvim_buf_set_lines(0, 0, -1, false, { "nodeId = ''" })
    vim.api.nvim_win_set_cursor(0, { 1, 10 })
    local result = ask('textDocument/completion')
    for _, item in ipairs(result.items or result) do
      if item.label == label then
        return item.detail or (item.labelDetails or {}).description
      end
    end
  end
  vim.cmd('badd ' .. vim.env.CXQ_HISTORY)
  vim.wait(timeout, function()
    answers.seen = offered("'only-in-calls'")
    return answers.seen ~= nil
  end, 50)
  vim.cmd('bdelete ' .. vim.env.CXQ_HISTORY)
  answers.forgotten = vim.wait(timeout, function()
    return offered("'only-in-calls'") == nil
  end, 50)
end)
answers.error = ok and vim.NIL or why

local file = assert(io.open(out, 'w'))
file:write(vim.json and vim.json.encode(answers) or vim.fn.json_encode(answers))
file:close()
vim.cmd('qa!')
